/**
 * What a person sees: lines, tables and progress on the console, and the log file that everything
 * else goes to.
 */
package io.sidestream.local.console;
