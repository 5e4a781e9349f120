package io.sidestream.operators.decode;

import java.io.Serializable;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * What Decode accepts.
 *
 * @param maxIdLength longest item id, in bytes of UTF-8
 */
public record DecodeOptions(int maxIdLength) implements Serializable {

    public static final ConfigOption<Integer> MAX_ID_LENGTH =
            ConfigOptions.key("sidestream.items.max-id-length")
                    .intType()
                    .defaultValue(512)
                    .withDescription(
                            "Longest item id, in bytes of UTF-8. Items with longer ids become dead"
                                    + " letters: an id is part of every key in state.");

    /** Keys of state are at most so long. */
    private static final int LARGEST = 1 << 15;

    /**
     * @throws IllegalArgumentException if an option is out of range
     */
    public DecodeOptions {
        if (maxIdLength < 1 || maxIdLength > LARGEST) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be from 1 to %d"
                            .formatted(MAX_ID_LENGTH.key(), maxIdLength, LARGEST));
        }
    }

    public static DecodeOptions from(ReadableConfig config) {
        return new DecodeOptions(config.get(MAX_ID_LENGTH));
    }
}
