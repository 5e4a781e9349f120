package io.sidestream.operators.assign;

import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Codebooks of this process: each is loaded once, however many subtasks use it, and freed when the
 * last one lets go. Codebooks are as large as hundreds of megabytes. A codebook whose store hangs
 * is not read on a second thread: whoever asks for it again waits for the first one.
 */
final class SharedQuantizers {

    /** Guarded by itself. */
    private static final Map<Content, Shared> LOADED = new HashMap<>();

    /** A file and what a manifest says of it; a manifest that is wrong finds nothing here. */
    private record Content(
            String uri,
            String sha256,
            String version,
            int dimension,
            List<Integer> layerSizes,
            boolean normalize) {

        static Content of(CodebookManifest manifest) {
            return new Content(
                    manifest.getUri(),
                    manifest.getSha256(),
                    manifest.getVersion(),
                    manifest.getDimension(),
                    List.copyOf(manifest.getLayerSizes()), // Avro's is mutable
                    manifest.getNormalize());
        }
    }

    private static final class Shared {

        private StoreRead<ResidualQuantizer> read;
        private int users;
    }

    private SharedQuantizers() {}

    /** A claim to a codebook's quantizer, until it is released. */
    static final class Lease {

        private final Content content;
        private final Shared shared;
        private boolean released;

        private Lease(Content content, Shared shared) {
            this.content = content;
            this.shared = shared;
        }

        /** Fails with an {@link java.io.IOException} if the file cannot be used. */
        CompletableFuture<ResidualQuantizer> quantizer() {
            return shared.read.result();
        }

        /** Changes whenever the load has advanced. */
        long progress() {
            return shared.read.progress();
        }

        /** What the load waits for now. */
        String waitsFor() {
            return shared.read.waitsFor();
        }

        /**
         * Gives the codebook back. One that is still being loaded goes on, and frees itself in the
         * end: a restarted subtask may ask for it meanwhile, and an interruption would be its
         * failure.
         */
        void release() {
            synchronized (LOADED) {
                if (released) {
                    return;
                }
                released = true;
                if (--shared.users > 0) {
                    return;
                }
                if (shared.read.result().isDone()) {
                    LOADED.remove(content, shared);
                }
            }
        }
    }

    /** Whether this process holds a codebook. */
    static boolean isLoaded(CodebookManifest manifest) {
        synchronized (LOADED) {
            Shared shared = LOADED.get(Content.of(manifest));
            return shared != null && shared.read.result().isDone();
        }
    }

    /** Claims the quantizer of a codebook file; begins to load it, unless that has been done. */
    static Lease acquire(CodebookManifest manifest, StoreAccess store) {
        Content content = Content.of(manifest);
        synchronized (LOADED) {
            Shared shared = LOADED.get(content);
            if (shared == null) {
                shared = new Shared();
                LOADED.put(content, shared);
                shared.users = 1;
                begin(content, shared, manifest, store);
            } else {
                shared.users++;
            }
            return new Lease(content, shared);
        }
    }

    private static void begin(
            Content content, Shared shared, CodebookManifest manifest, StoreAccess store) {
        shared.read = store.load(manifest);
        shared.read
                .result()
                .whenComplete(
                        (quantizer, failure) -> {
                            synchronized (LOADED) {
                                if (failure != null || shared.users == 0) {
                                    LOADED.remove(content, shared);
                                }
                            }
                        });
    }
}
