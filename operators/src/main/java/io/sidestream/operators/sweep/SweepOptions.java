package io.sidestream.operators.sweep;

import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * How fast indexed items are swept.
 *
 * @param slice how long a subtask sweeps before it looks at its input again
 * @param share of a subtask's time that goes to a sweep while there is input, above 0 to 1
 * @param itemsPerSecond most items that a subtask looks at in a second; 0: as many as it can
 */
public record SweepOptions(Duration slice, double share, long itemsPerSecond)
        implements Serializable {

    public static final ConfigOption<Duration> SLICE =
            ConfigOptions.key("sidestream.sweep.slice")
                    .durationType()
                    .defaultValue(Duration.ofMillis(10))
                    .withDescription(
                            "How long a subtask sweeps before it looks at its input again; a bucket"
                                    + " is finished first.");

    public static final ConfigOption<Double> SHARE =
            ConfigOptions.key("sidestream.sweep.share")
                    .doubleType()
                    .defaultValue(0.5)
                    .withDescription(
                            "Share of a subtask's time that goes to a sweep while input arrives.");

    public static final ConfigOption<Long> ITEMS_PER_SECOND =
            ConfigOptions.key("sidestream.sweep.items-per-second")
                    .longType()
                    .defaultValue(0L)
                    .withDescription(
                            "Most items that every subtask sweeps in a second; 0: no limit.");

    /**
     * @throws IllegalArgumentException if an option is out of range
     */
    public SweepOptions {
        if (slice.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be at least 1 ms".formatted(SLICE.key(), slice));
        }
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be above 0 and at most 1".formatted(SHARE.key(), share));
        }
        if (itemsPerSecond < 0) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be at least 0"
                            .formatted(ITEMS_PER_SECOND.key(), itemsPerSecond));
        }
    }

    public static SweepOptions from(ReadableConfig config) {
        return new SweepOptions(config.get(SLICE), config.get(SHARE), config.get(ITEMS_PER_SECOND));
    }

    /**
     * How long to leave the input alone after a slice.
     *
     * @param nanos that the slice took
     * @param items that it looked at
     * @param busy whether there has been input of late
     */
    Duration pause(long nanos, long items, boolean busy) {
        double forInput = busy ? nanos * (1 - share) / share : 0;
        double forLimit = itemsPerSecond == 0 ? 0 : items * 1e9 / itemsPerSecond - nanos;
        return Duration.ofNanos((long) Math.max(0, Math.max(forInput, forLimit)));
    }
}
