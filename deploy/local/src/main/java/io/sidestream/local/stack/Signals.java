package io.sidestream.local.stack;

import java.util.List;
import sun.misc.Signal;

/** The signals that ask a process to end. */
final class Signals {

    private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

    private Signals() {}

    /** Does something else on these signals, for the rest of the process's life. */
    static void handle(Runnable reaction) {
        for (String name : NAMES) {
            try {
                Signal.handle(new Signal(name), signal -> reaction.run());
            } catch (IllegalArgumentException e) {
                // Not a signal of this operating system, or one that the JVM was told to leave
                // alone (-Xrs): it then does what it always does.
            }
        }
    }
}
