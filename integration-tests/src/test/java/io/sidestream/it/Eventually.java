package io.sidestream.it;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what happens elsewhere. */
final class Eventually {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(20);

    private Eventually() {}

    /**
     * Returns as soon as a condition holds.
     *
     * @throws AssertionError if it does not within a minute and a half
     */
    static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Waited %s in vain: %s".formatted(PATIENCE, what));
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }
}
