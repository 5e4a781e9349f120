package io.sidestream.operators.assign;

import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import java.io.Serializable;
import java.util.Map;

/**
 * How a job reads the codebook store.
 *
 * @param options where it may read, and how long it waits
 * @param topics that must be there before a version is used
 * @param threads to read on
 */
public record StoreAccess(StoreOptions options, OutputTopics topics, StoreRead.Threads threads)
        implements Serializable {

    public StoreAccess(StoreOptions options, OutputTopics topics) {
        this(options, topics, StoreRead.Threads.daemons());
    }

    /** Begins to load a codebook; its topic is created only when the file is sound. */
    StoreRead<ResidualQuantizer> load(CodebookManifest manifest) {
        return StoreRead.start(
                threads,
                manifest.getUri(),
                progress -> {
                    options.requireAllowed(manifest.getUri());
                    ResidualQuantizer quantizer = CodebookStore.loadQuantizer(manifest, progress);
                    progress.waitsFor("Kafka");
                    topics.require(manifest.getVersion());
                    return quantizer;
                });
    }

    /** Begins to read what is known about a codebook's making. */
    public StoreRead<Map<String, String>> facts(CodebookManifest manifest) {
        return StoreRead.start(
                threads,
                manifest.getUri(),
                progress -> {
                    options.requireAllowed(manifest.getUri());
                    return CodebookStore.facts(manifest);
                });
    }
}
