package io.sidestream.operators.watch;

import io.sidestream.hourglass.AlertPolicy;
import io.sidestream.hourglass.AlertRule;
import java.io.Serializable;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * How the catalog is watched.
 *
 * @param interval between two evaluations, each of which makes a report
 * @param window length of the sliding window of arrivals
 * @param alerts what to alert on
 */
public record WatchOptions(Duration interval, Duration window, AlertPolicy alerts)
        implements Serializable {

    public static final ConfigOption<Duration> INTERVAL =
            ConfigOptions.key("sidestream.watch.interval")
                    .durationType()
                    .defaultValue(Duration.ofSeconds(10))
                    .withDescription("Time between two reports of a codebook version.");

    public static final ConfigOption<Duration> WINDOW =
            ConfigOptions.key("sidestream.watch.window")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(10))
                    .withDescription(
                            "Length of the sliding window of arrivals; it slides in steps of a"
                                    + " thirtieth.");

    public static final ConfigOption<String> RULES =
            ConfigOptions.key("sidestream.alerts.rules")
                    .stringType()
                    .defaultValue("entropy_ratio@2 < 0.8 until 0.85; gini@2 > 0.6 until 0.5")
                    .withDescription(
                            "When to alert: rules [window] METRIC[@LAYER] (<|>) ENTER [until EXIT],"
                                    + " separated by semicolons. An alert opens beyond ENTER and"
                                    + " resolves at EXIT.");

    public static final ConfigOption<Integer> CONSECUTIVE =
            ConfigOptions.key("sidestream.alerts.consecutive")
                    .intType()
                    .defaultValue(3)
                    .withDescription("Evaluations in a row that open an alert, or resolve it.");

    public static final ConfigOption<Long> MINIMUM_ITEMS =
            ConfigOptions.key("sidestream.alerts.minimum-items")
                    .longType()
                    .defaultValue(1_000L)
                    .withDescription("Evaluations of fewer items are passed over.");

    public static final ConfigOption<Duration> COOLDOWN =
            ConfigOptions.key("sidestream.alerts.cooldown")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(10))
                    .withDescription("Least time from an alert's end to the next one's beginning.");

    /** The slices that the window is made of. */
    static final int SLICES = 30;

    /**
     * @throws IllegalArgumentException if an option is out of range; the message names it
     */
    public WatchOptions {
        atLeast(Duration.ofMillis(1), INTERVAL, interval);
        atLeast(Duration.ofMillis(SLICES), WINDOW, window);
    }

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static WatchOptions from(ReadableConfig config) {
        return new WatchOptions(
                config.get(INTERVAL),
                config.get(WINDOW),
                new AlertPolicy(
                        named(RULES, () -> AlertRule.parseAll(config.get(RULES))),
                        atLeast(1, CONSECUTIVE, config.get(CONSECUTIVE)),
                        atLeast(1L, MINIMUM_ITEMS, config.get(MINIMUM_ITEMS)),
                        atLeast(Duration.ZERO, COOLDOWN, config.get(COOLDOWN))));
    }

    /** Begin of the slice of the window that a time lies in. */
    long slice(long time) {
        long length = window.toMillis() / SLICES;
        return time - Math.floorMod(time, length);
    }

    private static <T extends Comparable<T>> T atLeast(T least, ConfigOption<T> option, T value) {
        if (value.compareTo(least) < 0) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be at least %s".formatted(option.key(), value, least));
        }
        return value;
    }

    /** What {@code value} is, or why it cannot be under the option's name. */
    static <T> T named(ConfigOption<?> option, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option.key() + ": " + e.getMessage(), e);
        }
    }
}
