package io.sidestream.jobs;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.index.IndexOptions;
import io.sidestream.operators.publish.PublishOptions;
import org.apache.flink.configuration.ReadableConfig;

/** The options of every stage of the indexing job. */
public record IndexingOptions(
        DecodeOptions decode, AssignOptions assign, Buckets buckets, PublishOptions publish) {

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static IndexingOptions from(ReadableConfig config) {
        return new IndexingOptions(
                DecodeOptions.from(config),
                AssignOptions.from(config),
                IndexOptions.from(config),
                PublishOptions.from(config));
    }
}
