package io.sidestream.it;

import io.sidestream.codebook.CodebookTrainer;
import io.sidestream.codebook.TrainingOptions;
import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.local.Sidestream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The first of the words that the demo brings along: real embeddings.
 *
 * @param items words and their vectors
 */
record Words(EmbeddingMatrix items) {

    static Words first(int rows, Path directory) throws IOException {
        Path file = directory.resolve("words.npz");
        try (InputStream bundled = Sidestream.class.getResourceAsStream("/demo/words.npz")) {
            Files.copy(bundled, file);
        }
        EmbeddingMatrix all = EmbeddingFile.readAll(file, null);
        return new Words(
                new EmbeddingMatrix(
                        all.ids().subList(0, rows),
                        all.dimension(),
                        Arrays.copyOf(all.values(), rows * all.dimension())));
    }

    float[] embedding(int row) {
        int dimension = items.dimension();
        return Arrays.copyOfRange(items.values(), row * dimension, (row + 1) * dimension);
    }

    /** A codebook that fits them, briefly trained. */
    TestCodebook codebook(String version, boolean normalize, int... layerSizes) {
        return TestCodebook.of(
                CodebookTrainer.train(
                        version,
                        items,
                        TrainingOptions.builder(layerSizes)
                                .normalize(normalize)
                                .seed(11)
                                .maxIterations(5)
                                .build(),
                        progress -> {}));
    }
}
