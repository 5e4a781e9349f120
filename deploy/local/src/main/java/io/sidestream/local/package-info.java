/**
 * The command line: {@link io.sidestream.local.Sidestream} parses it and turns whatever goes wrong
 * into one message and an exit code. What the commands do is in the packages below.
 */
package io.sidestream.local;
