package io.sidestream.operators.assign;

import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * How Assign bundles items.
 *
 * @param bundleSize most items quantized together
 * @param linger longest time an item waits for others
 */
public record AssignOptions(int bundleSize, Duration linger) implements Serializable {

    public static final ConfigOption<Integer> BUNDLE_SIZE =
            ConfigOptions.key("sidestream.assign.bundle-size")
                    .intType()
                    .defaultValue(256)
                    .withDescription(
                            "Most items quantized together. A codebook is read from memory once a"
                                    + " bundle, so larger bundles are faster; codes do not depend on"
                                    + " it.");

    public static final ConfigOption<Duration> LINGER =
            ConfigOptions.key("sidestream.assign.linger")
                    .durationType()
                    .defaultValue(Duration.ofMillis(10))
                    .withDescription("Longest time that an item waits for its bundle to fill.");

    /**
     * @throws IllegalArgumentException if an option is out of range
     */
    public AssignOptions {
        if (bundleSize < 1 || bundleSize > 4_096) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be from 1 to 4096".formatted(BUNDLE_SIZE.key(), bundleSize));
        }
        if (linger.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be at least 1 ms".formatted(LINGER.key(), linger));
        }
    }

    public static AssignOptions from(ReadableConfig config) {
        return new AssignOptions(config.get(BUNDLE_SIZE), config.get(LINGER));
    }
}
