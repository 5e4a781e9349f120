package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.Alignment;
import io.sidestream.codebook.Codebook;
import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.LiveItems;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Whether and how a codebook's codewords are brought in the order of an older one's. */
final class AlignOptions {

    /** The same items, the same order: the sample is drawn by this seed. */
    private static final long SEED = 1;

    private static final String ACTIVE = "";

    @Option(
            names = "--align",
            arity = "0..1",
            paramLabel = "VERSION",
            fallbackValue = ACTIVE,
            description = {
                "Bring the codewords of each layer in the order in which as many items as can be",
                "keep the token that they have under VERSION (default: the active one), so that a",
                "retriever's vocabulary keeps its meaning. No distance changes."
            })
    private String older;

    @Option(
            names = "--align-sample",
            paramLabel = "N",
            defaultValue = "50000",
            description = "Live items to align by, at most (default: ${DEFAULT-VALUE}).")
    private int sample;

    @Option(
            names = "--align-embeddings",
            paramLabel = "FILE",
            description = "Align by these embeddings instead of live items.")
    private Path embeddings;

    /**
     * The codebook, aligned if that is wanted; says how well that went.
     *
     * @throws UserError if it cannot be aligned
     */
    Codebook apply(Codebook codebook, Connection connection, Console console)
            throws IOException, InterruptedException {
        if (older == null) {
            return codebook;
        }
        CodebookManifest manifest = older(codebook, connection);
        Codebook with = CodebookStore.load(manifest);
        EmbeddingMatrix items = items(codebook, with, connection, console);
        Alignment alignment;
        try {
            alignment =
                    Alignment.of(
                            codebook.layerSizes(),
                            codes(codebook, items),
                            with.layerSizes(),
                            codes(with, items));
        } catch (IllegalArgumentException e) {
            throw new UserError("cannot align %s: %s".formatted(codebook, e.getMessage()), e);
        }
        print(alignment, codebook, with, items.rows(), console);
        return alignment.apply(codebook, with.version());
    }

    private CodebookManifest older(Codebook codebook, Connection connection)
            throws InterruptedException {
        Codebooks codebooks = new CodebookRegistry(connection).read();
        if (codebooks.manifests().containsKey(codebook.version())) {
            throw new UserError(
                    ("codebook version %s is published already, and a version never changes:"
                                    + " --align is for new ones; leave it out, or publish under a"
                                    + " new name")
                            .formatted(codebook.version()));
        }
        if (older.equals(ACTIVE) && codebooks.active().size() != 1) {
            throw new UserError(
                    "%s codebook version is active at %s; name the one to agree with: --align VERSION"
                            .formatted(
                                    codebooks.active().isEmpty() ? "no" : "more than one",
                                    connection.bootstrap()));
        }
        CodebookManifest manifest =
                older.equals(ACTIVE) ? codebooks.active().get(0) : codebooks.require(older);
        if (manifest.getStatus() == CodebookStatus.RETIRED) {
            throw new UserError(
                    "codebook version %s has been retired: there is nothing to agree with"
                            .formatted(manifest.getVersion()));
        }
        if (manifest.getDimension() != codebook.dimension()) {
            throw new UserError(
                    ("codebook version %s takes embeddings of dimension %d, but %s takes %d:"
                                    + " no item has a token under both, so --align cannot be")
                            .formatted(
                                    codebook.version(),
                                    codebook.dimension(),
                                    manifest.getVersion(),
                                    manifest.getDimension()));
        }
        return manifest;
    }

    private EmbeddingMatrix items(
            Codebook codebook, Codebook with, Connection connection, Console console)
            throws IOException, InterruptedException {
        if (sample < 1) {
            throw new UserError("--align-sample must be at least 1, not " + sample);
        }
        boolean normalizable = codebook.normalize() || with.normalize();
        if (embeddings == null) {
            return LiveItems.sample(
                            connection,
                            new LiveItems.Wanted(sample, SEED, codebook.dimension(), normalizable),
                            console)
                    .items();
        }
        EmbeddingMatrix items = EmbeddingFile.sample(embeddings, null, sample, SEED);
        if (items.dimension() != codebook.dimension()) {
            throw new UserError(
                    "%s holds embeddings of dimension %d, but codebook version %s takes %d"
                            .formatted(
                                    embeddings,
                                    items.dimension(),
                                    codebook.version(),
                                    codebook.dimension()));
        }
        return items;
    }

    private static int[] codes(Codebook codebook, EmbeddingMatrix items) {
        int[] codes = new int[Math.multiplyExact(items.rows(), codebook.layers())];
        codebook.quantizer().worker().quantize(items.values(), items.rows(), codes);
        return codes;
    }

    private static void print(
            Alignment alignment, Codebook codebook, Codebook with, int items, Console console) {
        console.note(
                String.format(
                        Locale.ROOT,
                        "share of %,d items that have the same token under %s and %s:",
                        items,
                        with.version(),
                        codebook.version()));
        List<List<String>> rows = new ArrayList<>();
        for (int layer = 1; layer <= alignment.layers(); layer++) {
            rows.add(
                    List.of(
                            Integer.toString(layer),
                            Integer.toString(codebook.layerSize(layer)),
                            share(alignment.agreementBefore(layer)),
                            share(alignment.agreementAfter(layer))));
        }
        console.table(List.of("layer", "codewords", "as it is", "aligned"), rows);
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }
}
