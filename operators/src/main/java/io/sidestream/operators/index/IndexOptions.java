package io.sidestream.operators.index;

import io.sidestream.operators.Buckets;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/** How keyed state is spread. */
public final class IndexOptions {

    public static final ConfigOption<Integer> BUCKETS =
            ConfigOptions.key("sidestream.index.buckets")
                    .intType()
                    .defaultValue(1 << 16)
                    .withDescription(
                            "Number of buckets that items and paths are spread over: the keys of"
                                    + " keyed state. Far more than subtasks; fixed"
                                    + " for the life of its state.");

    private IndexOptions() {}

    /**
     * @throws IllegalArgumentException if the number is out of range
     */
    public static Buckets from(ReadableConfig config) {
        int buckets = config.get(BUCKETS);
        if (buckets < 1) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be at least 1".formatted(BUCKETS.key(), buckets));
        }
        return new Buckets(buckets);
    }
}
