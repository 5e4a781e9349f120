package io.sidestream.operators.combine;

import io.sidestream.operators.FixedOption;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Whether changes are counted, and how long they are added up before they are told.
 *
 * @param enabled whether they are counted
 * @param interval longest time that a change waits in its subtask
 */
public record CombineOptions(boolean enabled, Duration interval) implements Serializable {

    public static final ConfigOption<Boolean> ENABLED =
            ConfigOptions.key("sidestream.watch.enabled")
                    .booleanType()
                    .defaultValue(true)
                    .withDescription(
                            "Whether tokens and paths are counted; without it there are no reports,"
                                    + " no alerts and no remap plans. Fixed for the life of the state.");

    public static final ConfigOption<Duration> INTERVAL =
            ConfigOptions.key("sidestream.watch.combine-interval")
                    .durationType()
                    .defaultValue(Duration.ofSeconds(1))
                    .withDescription(
                            "Longest time that changes of counts are added up in a subtask before"
                                    + " they are told.");

    /**
     * @throws IllegalArgumentException if the interval is out of range
     */
    public CombineOptions {
        if (interval.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be at least 1 ms".formatted(INTERVAL.key(), interval));
        }
    }

    public static CombineOptions from(ReadableConfig config) {
        return new CombineOptions(config.get(ENABLED), config.get(INTERVAL));
    }

    /**
     * Records in operator state whether changes are counted: counts that begin in the middle of a
     * catalog's life would be wrong for ever.
     *
     * @throws IllegalStateException if the restored state was written with the other setting
     */
    public void requireUnchanged(OperatorStateStore store) throws Exception {
        FixedOption.requireUnchanged(store, ENABLED.key(), Boolean.toString(enabled));
    }
}
