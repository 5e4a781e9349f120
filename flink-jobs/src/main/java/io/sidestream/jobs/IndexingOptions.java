package io.sidestream.jobs;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.index.IndexOptions;
import io.sidestream.operators.publish.PublishOptions;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.watch.RemapOptions;
import io.sidestream.operators.watch.WatchOptions;
import org.apache.flink.configuration.ReadableConfig;

/** The options of every stage of the indexing job. */
public record IndexingOptions(
        DecodeOptions decode,
        AssignOptions assign,
        StoreOptions store,
        Buckets buckets,
        CombineOptions combine,
        SweepOptions sweep,
        PublishOptions publish,
        WatchOptions watch,
        RemapOptions remap) {

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static IndexingOptions from(ReadableConfig config) {
        return new IndexingOptions(
                DecodeOptions.from(config),
                AssignOptions.from(config),
                StoreOptions.from(config),
                IndexOptions.from(config),
                CombineOptions.from(config),
                SweepOptions.from(config),
                PublishOptions.from(config),
                WatchOptions.from(config),
                RemapOptions.from(config));
    }
}
