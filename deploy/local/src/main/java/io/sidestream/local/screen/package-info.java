/**
 * The live view of {@code sidestream watch}: what the job reports, as text that fits a terminal.
 */
package io.sidestream.local.screen;
