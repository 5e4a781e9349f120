package io.sidestream.operators.assign;

import io.sidestream.codebook.Codebook;
import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Codebooks of this process: each is loaded once, however many subtasks use it, and freed when the
 * last one lets go. Codebooks are as large as hundreds of megabytes.
 */
final class SharedQuantizers {

    private static final ConcurrentMap<Content, Shared> LOADED = new ConcurrentHashMap<>();

    /** What a manifest says of a file's content; a manifest that is wrong finds nothing here. */
    private record Content(
            String sha256,
            String version,
            int dimension,
            List<Integer> layerSizes,
            boolean normalize) {

        static Content of(CodebookManifest manifest) {
            return new Content(
                    manifest.getSha256(),
                    manifest.getVersion(),
                    manifest.getDimension(),
                    List.copyOf(manifest.getLayerSizes()), // Avro's is mutable
                    manifest.getNormalize());
        }
    }

    private record Shared(ResidualQuantizer quantizer, int users) {}

    private SharedQuantizers() {}

    /**
     * The quantizer of a codebook file, to be given back by {@link #release}.
     *
     * @throws IOException if the file cannot be read or is not what the manifest says
     */
    static ResidualQuantizer acquire(CodebookManifest manifest) throws IOException {
        try {
            return LOADED.compute(
                            Content.of(manifest),
                            (content, shared) ->
                                    shared == null
                                            ? new Shared(load(manifest), 1)
                                            : new Shared(shared.quantizer, shared.users + 1))
                    .quantizer;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    static void release(CodebookManifest manifest) {
        LOADED.computeIfPresent(
                Content.of(manifest),
                (content, shared) ->
                        shared.users == 1 ? null : new Shared(shared.quantizer, shared.users - 1));
    }

    private static ResidualQuantizer load(CodebookManifest manifest) {
        try {
            Codebook codebook = CodebookStore.load(manifest);
            return codebook.quantizer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException e) { // a shape that no kernel can take
            throw new UncheckedIOException(
                    new IOException(
                            "%s cannot be used: %s".formatted(manifest.getUri(), e.getMessage()),
                            e));
        }
    }
}
