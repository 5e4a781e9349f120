package io.sidestream.codebook;

import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingMatrix;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Trains codebooks by residual k-means: each layer's codewords are the centroids of what the layers
 * before it have left over.
 *
 * <p>Training is reproducible to the last bit, on any machine and JDK and with any number of
 * threads. The codebook's facts tell how it was made:
 *
 * <ul>
 *   <li>{@code trainer}, {@code seed}, {@code max_iterations}, {@code tolerance}, {@code
 *       batch_size};
 *   <li>{@code warm_start}: name and SHA-256 of the codebook that training started from, if any;
 *   <li>{@code iterations}: passes over the sample, for each layer;
 *   <li>{@code relative_error}: mean over the sample of |r|² / |x|², where r is what the layer
 *       leaves of the embedding x, for each layer; zero embeddings are left out;
 *   <li>{@code mean_squared_error}: mean of |r|², for each layer;
 *   <li>the {@link ReferenceFacts} of the sample, which drift is measured against.
 * </ul>
 *
 * Lists are comma-separated. The time of training is not among the facts, or no two would be equal;
 * a caller may add it with {@link Codebook#withFact}.
 */
public final class CodebookTrainer {
    /** Random's first numbers hardly differ between small seeds: this sets them far apart. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final int dimension;
    private final int n;
    private final TrainingOptions options;
    private final Consumer<TrainingProgress> listener;

    /** The embeddings, then their residuals: layer after layer is subtracted in place. */
    private final float[] residuals;

    private CodebookTrainer(
            int dimension,
            float[] embeddings,
            TrainingOptions options,
            Consumer<TrainingProgress> listener) {
        this.dimension = dimension;
        this.n = embeddings.length / dimension;
        this.residuals = embeddings;
        this.options = options;
        this.listener = listener;
    }

    /**
     * Trains on a sample in memory, which is copied: think of twice its size.
     *
     * @param version name of the new codebook version, {@code [A-Za-z0-9._-]{1,64}}
     * @param listener is told of each pass, on the calling thread
     * @throws IllegalArgumentException when the sample has fewer rows, or leaves fewer distinct
     *     residuals, than a layer has codewords; when it has a value that is not finite, or a zero
     *     embedding that was to be normalized; when the codebook to start from is of another
     *     dimension; the message says where and what to do
     */
    public static Codebook train(
            String version,
            EmbeddingMatrix sample,
            TrainingOptions options,
            Consumer<TrainingProgress> listener) {
        return trainInPlace(
                version,
                new EmbeddingMatrix(sample.ids(), sample.dimension(), sample.values().clone()),
                options,
                listener);
    }

    /**
     * Trains on a sample of a file, at most {@link TrainingOptions#sampleLimit} rows drawn with the
     * options' seed.
     *
     * @throws IllegalArgumentException as {@link #train(String, EmbeddingMatrix, TrainingOptions,
     *     Consumer)}
     * @throws io.sidestream.embedding.EmbeddingFileException when the file is malformed
     */
    public static Codebook train(
            String version,
            Path embeddings,
            TrainingOptions options,
            Consumer<TrainingProgress> listener)
            throws IOException {
        EmbeddingMatrix sample =
                EmbeddingFile.sample(
                        embeddings, null, options.effectiveSampleLimit(), options.seed());
        return trainInPlace(version, sample, options, listener);
    }

    private static Codebook trainInPlace(
            String version,
            EmbeddingMatrix sample,
            TrainingOptions options,
            Consumer<TrainingProgress> listener) {
        Codebook.requireVersion(version);
        prepare(sample, options);
        try (ChunkedWork work = new ChunkedWork(options.threads())) {
            return new CodebookTrainer(sample.dimension(), sample.values(), options, listener)
                    .train(version, work);
        }
    }

    private Codebook train(String version, ChunkedWork work) {
        int layerCount = options.layerSizes().size();
        Random random = new Random(options.seed() * SPREAD);
        double[] originalNorms = squaredNorms();
        float[][] layers = new float[layerCount][];
        Map<String, String> facts = new TreeMap<>();
        int[] iterations = new int[layerCount];
        double[] relativeErrors = new double[layerCount];
        double[] squaredErrors = new double[layerCount];
        double[] quantizationErrors = new double[layerCount];
        for (int l = 1; l <= layerCount; l++) {
            int size = options.layerSizes().get(l - 1);
            requireDistinct(l, size);
            float[] start =
                    options.warmStart() == null
                            ? Seeding.seed(residuals, n, dimension, size, random, work)
                            : options.warmStart().layer(l).clone();
            KMeans layer = new KMeans(residuals, dimension, start, options, random, work);
            report(l, 0, Double.NaN);
            int number = l;
            layer.run((passes, error) -> report(number, passes, error));
            layers[l - 1] = layer.centroids();
            subtract(layer.centroids(), layer.codes());
            iterations[l - 1] = layer.iterations();
            relativeErrors[l - 1] = meanRelative(layer.distances(), originalNorms);
            squaredErrors[l - 1] = mean(layer.distances());
            quantizationErrors[l - 1] =
                    ReferenceFacts.quantizationError(layer.distances(), originalNorms);
            facts.put(ReferenceFacts.HISTOGRAM + l, ReferenceFacts.histogram(layer.codes(), size));
        }
        facts.put("trainer", "residual k-means");
        facts.put(ReferenceFacts.SAMPLE_ROWS, Integer.toString(n));
        facts.put("seed", Long.toString(options.seed()));
        facts.put("max_iterations", Integer.toString(options.maxIterations()));
        facts.put("tolerance", Facts.decimal(options.tolerance()));
        facts.put("batch_size", Integer.toString(options.batchSize()));
        if (options.warmStart() != null) {
            facts.put("warm_start", identity(options.warmStart()));
        }
        facts.put("iterations", Facts.list(iterations));
        facts.put("relative_error", Facts.list(relativeErrors));
        facts.put("mean_squared_error", Facts.list(squaredErrors));
        facts.put(ReferenceFacts.QUANTIZATION_ERROR, Facts.list(quantizationErrors));
        return Codebook.of(version, dimension, options.normalize(), layers, facts);
    }

    /** A codebook's name, and the SHA-256 of its file. */
    private static String identity(Codebook codebook) {
        try {
            return codebook.version()
                    + " "
                    + CodebookFile.write(codebook, OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to nowhere cannot fail", e);
        }
    }

    private void report(int layer, int passes, double error) {
        int layerCount = options.layerSizes().size();
        double layersDone = layer - 1 + (double) passes / options.maxIterations();
        listener.accept(
                new TrainingProgress(layer, layerCount, passes, layersDone / layerCount, error));
    }

    /** Refuses what cannot be trained on, and normalizes just as the quantizer does. */
    private static void prepare(EmbeddingMatrix sample, TrainingOptions options) {
        if (options.warmStart() != null && options.warmStart().dimension() != sample.dimension()) {
            throw new IllegalArgumentException(
                    "training cannot start from %s: the embeddings of the sample have dimension %d"
                            .formatted(options.warmStart(), sample.dimension()));
        }
        SampleCheck.requireQuantizable(sample, options.normalize());
        if (!options.normalize()) {
            return;
        }
        int dimension = sample.dimension();
        float[] values = sample.values();
        for (int row = 0; row < sample.rows(); row++) {
            double norm = Math.sqrt(squaredNorm(values, row * dimension, dimension));
            for (int i = row * dimension; i < (row + 1) * dimension; i++) {
                values[i] = (float) (values[i] / norm);
            }
        }
    }

    private void requireDistinct(int layer, int size) {
        if (n < size) {
            throw new IllegalArgumentException(
                    "layer %d is to have %d codewords, but the sample has only %d embeddings: give"
                                    .formatted(layer, size, n)
                            + " more, or ask for fewer codewords");
        }
        long[] hashes = new long[n];
        for (int row = 0; row < n; row++) {
            long hash = 0;
            for (int i = row * dimension; i < (row + 1) * dimension; i++) {
                // Adding zero makes the two zeros one.
                hash = (hash ^ Float.floatToIntBits(residuals[i] + 0f)) * 0x9E3779B97F4A7C15L;
                hash ^= hash >>> 32;
            }
            hashes[row] = hash;
        }
        long distinct = Arrays.stream(hashes).distinct().count();
        if (distinct < size) {
            throw new IllegalArgumentException(
                    "layer %d is to have %d codewords, but the sample has only %d distinct %s: give"
                                    .formatted(
                                            layer,
                                            size,
                                            distinct,
                                            layer == 1
                                                    ? "embeddings"
                                                    : "residuals after the layers before it")
                            + " more, or ask for fewer codewords"
                            + (layer == 1 ? "" : " or layers"));
        }
    }

    private void subtract(float[] centroids, int[] codes) {
        for (int row = 0; row < n; row++) {
            int codeword = codes[row] * dimension;
            for (int t = 0; t < dimension; t++) {
                residuals[row * dimension + t] -= centroids[codeword + t];
            }
        }
    }

    private double[] squaredNorms() {
        double[] norms = new double[n];
        for (int row = 0; row < n; row++) {
            norms[row] = squaredNorm(residuals, row * dimension, dimension);
        }
        return norms;
    }

    private static double squaredNorm(float[] values, int offset, int dimension) {
        double sum = 0;
        for (int i = offset; i < offset + dimension; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double meanRelative(double[] squaredErrors, double[] originalNorms) {
        double sum = 0;
        int counted = 0;
        for (int row = 0; row < originalNorms.length; row++) {
            if (originalNorms[row] > 0) {
                sum += squaredErrors[row] / originalNorms[row];
                counted++;
            }
        }
        return counted == 0 ? 0 : sum / counted;
    }
}
