/**
 * The subcommands of {@code sidestream}: their options, and what they print. The work is done in
 * {@link io.sidestream.local.kafka}, {@link io.sidestream.local.versions} and {@code
 * io.sidestream.local.stack}.
 */
package io.sidestream.local.commands;
