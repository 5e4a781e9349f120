package io.sidestream.jobs;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * A backfill.
 *
 * @param version the codebook version to be filled
 * @param itemsPerSecond the most embeddings read in a second, in all subtasks together; 0: as many
 *     as can be
 * @param liveTimeout how long to wait for the indexing job when it shows no progress
 * @param again whether to begin anew, whatever an earlier backfill has come to
 */
public record BackfillOptions(
        String version, double itemsPerSecond, Duration liveTimeout, boolean again) {

    public static final ConfigOption<String> VERSION =
            ConfigOptions.key("sidestream.backfill.version")
                    .stringType()
                    .defaultValue("")
                    .withDescription("The codebook version that the backfill job fills.");

    public static final ConfigOption<Double> ITEMS_PER_SECOND =
            ConfigOptions.key("sidestream.backfill.items-per-second")
                    .doubleType()
                    .defaultValue(0.0)
                    .withDescription(
                            "The most embeddings that the backfill job reads in a second, in all its"
                                    + " subtasks together; 0: no limit.");

    public static final ConfigOption<Duration> LIVE_TIMEOUT =
            ConfigOptions.key("sidestream.backfill.live-timeout")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(1))
                    .withDescription(
                            "How long the backfill job waits for the indexing job to assign"
                                    + " arrivals under the version, and to take in the next of its"
                                    + " own codes.");

    public static final ConfigOption<Boolean> AGAIN =
            ConfigOptions.key("sidestream.backfill.again")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription(
                            "Whether the backfill job begins anew, instead of where an earlier run"
                                    + " has ended: for an index that was restored from before.");

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public BackfillOptions {
        if (version.isBlank()) {
            throw new IllegalArgumentException(
                    VERSION.key() + " is empty; it names the codebook version to be filled");
        }
        if (!(itemsPerSecond >= 0) || Double.isInfinite(itemsPerSecond)) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be 0 or more"
                            .formatted(ITEMS_PER_SECOND.key(), itemsPerSecond));
        }
        if (liveTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "%s is %s: it must not be negative".formatted(LIVE_TIMEOUT.key(), liveTimeout));
        }
    }

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static BackfillOptions from(ReadableConfig config) {
        return new BackfillOptions(
                config.get(VERSION),
                config.get(ITEMS_PER_SECOND),
                config.get(LIVE_TIMEOUT),
                config.get(AGAIN));
    }
}
