package io.sidestream.local.stack;

import io.sidestream.local.console.Console;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ctrl-C, for commands that have more to do then than to vanish. The first one (or a SIGTERM)
 * interrupts the thread that runs the command, which stops what it has started on its way out; a
 * second one ends the process at once.
 *
 * <p>This is not done in a shutdown hook: those run all at the same time, and Flink's would delete
 * working files of the job while it still takes its last snapshot.
 */
public final class Interruption {

    /** What shells report for a process that Ctrl-C has ended. */
    public static final int EXIT_CODE = 130;

    private final AtomicBoolean requested = new AtomicBoolean();

    private Interruption() {}

    /** From now on, and for the rest of the process's life, signals interrupt this thread. */
    public static Interruption ofThisThread(Console console) {
        Interruption interruption = new Interruption();
        Thread thread = Thread.currentThread();
        Signals.handle(
                () -> {
                    if (interruption.requested.getAndSet(true)) {
                        Runtime.getRuntime().halt(EXIT_CODE);
                    }
                    console.note("stopping (again: at once)");
                    thread.interrupt();
                });
        return interruption;
    }

    /** Whether somebody has asked the command to stop. */
    public boolean requested() {
        return requested.get();
    }
}
