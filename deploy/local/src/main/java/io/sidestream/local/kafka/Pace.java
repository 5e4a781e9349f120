package io.sidestream.local.kafka;

import java.util.concurrent.TimeUnit;

/** Holds a loop back to a steady rate; what was missed while it was slow is not made up for. */
final class Pace {

    /** Pauses shorter than this cost more than they are good for: several steps are let through. */
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long LONGEST_LAG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final double nanosPerStep;
    private double nextAt = System.nanoTime();

    /**
     * @param stepsPerSecond 0 for no limit
     */
    Pace(double stepsPerSecond) {
        this.nanosPerStep = stepsPerSecond > 0 ? 1e9 / stepsPerSecond : 0;
    }

    /** Returns when the next step may be taken. */
    void await() throws InterruptedException {
        if (nanosPerStep == 0) {
            return;
        }
        double now = System.nanoTime();
        double ahead = nextAt - now;
        if (ahead > SHORTEST_PAUSE_NANOS) {
            TimeUnit.NANOSECONDS.sleep((long) ahead);
        } else if (ahead < -LONGEST_LAG_NANOS) {
            nextAt = now;
        }
        nextAt += nanosPerStep;
    }
}
