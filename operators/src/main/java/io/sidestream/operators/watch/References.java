package io.sidestream.operators.watch;

import io.sidestream.operators.assign.StoreAccess;
import io.sidestream.operators.assign.StoreRead;
import io.sidestream.schema.CodebookManifest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link Reference} of every codebook version, read from its file on a thread of its own. As
 * long as it has not been read, nothing is known of the version; after a failure the next
 * evaluation begins to read it again. A read that hangs is waited for, and no second one is begun.
 */
final class References implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(References.class);

    private final StoreAccess store;
    private final Map<String, Reference> known = new HashMap<>();
    private final Map<String, StoreRead<Map<String, String>>> reading = new HashMap<>();

    References(StoreAccess store) {
        this.store = store;
    }

    /** What is known of a version by now. */
    Reference of(CodebookManifest manifest) {
        String version = manifest.getVersion();
        if (!known.containsKey(version)) {
            StoreRead<Map<String, String>> read =
                    reading.computeIfAbsent(version, name -> store.facts(manifest));
            if (read.result().isDone()) {
                reading.remove(version);
                take(manifest, read);
            }
        }
        return known.getOrDefault(version, Reference.none(manifest.getLayerSizes().size()));
    }

    private void take(CodebookManifest manifest, StoreRead<Map<String, String>> read) {
        String version = manifest.getVersion();
        try {
            known.put(version, Reference.of(manifest, read.result().join()));
        } catch (CompletionException e) {
            LOG.warn("Drift of codebook version {} is not known", version, e.getCause());
        }
    }

    /** The version has another manifest. */
    void forget(String version) {
        known.remove(version);
        StoreRead<?> read = reading.remove(version);
        if (read != null) {
            read.cancel();
        }
    }

    @Override
    public void close() {
        reading.values().forEach(StoreRead::cancel);
    }
}
