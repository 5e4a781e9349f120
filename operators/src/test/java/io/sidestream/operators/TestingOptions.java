package io.sidestream.operators;

import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.sweep.SweepOptions;
import java.time.Duration;

/** Options of stages, as they are where a test is not about them. */
public final class TestingOptions {

    /** Everything is counted, and told after a second. */
    public static final CombineOptions COMBINE = new CombineOptions(true, Duration.ofSeconds(1));

    /** A sweep goes on to its end in one slice, were there no limit to a slice's time. */
    public static final SweepOptions SWEEP = new SweepOptions(Duration.ofMinutes(1), 1, 0);

    private TestingOptions() {}
}
