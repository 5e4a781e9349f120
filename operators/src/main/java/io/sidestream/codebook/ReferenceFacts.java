package io.sidestream.codebook;

import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.quantize.RelativeResidual;
import io.sidestream.quantize.ResidualQuantizer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * What a codebook does to a sample of embeddings, as facts in its file: what is measured of the
 * catalog later is held against them, and so tells of drift.
 *
 * <ul>
 *   <li>{@code sample_rows}: embeddings of the sample;
 *   <li>{@code histogram.layer_1} and so on: how many of them have each code;
 *   <li>{@code quantization_error}: mean of |r| / |x|, where r is what the layer leaves of the
 *       embedding x, for each layer; as reports define it, see {@link RelativeResidual}.
 * </ul>
 *
 * Lists are comma-separated.
 */
public final class ReferenceFacts {
    static final String HISTOGRAM = "histogram.layer_";
    static final String QUANTIZATION_ERROR = "quantization_error";
    static final String SAMPLE_ROWS = "sample_rows";

    private static final int ROWS_PER_CHUNK = 1024;

    private ReferenceFacts() {}

    /**
     * Quantizes a sample, on all processors, and says what came of it. The trainer gives the same
     * facts to a codebook for the sample it was trained on; others get them by {@link
     * Codebook#withFacts}.
     *
     * @return facts by name
     * @throws IllegalArgumentException if the sample is empty or not of the codebook's dimension,
     *     when it has a value that is not finite, or a zero embedding that was to be normalized
     */
    public static Map<String, String> of(Codebook codebook, EmbeddingMatrix sample) {
        if (sample.dimension() != codebook.dimension()) {
            throw new IllegalArgumentException(
                    "the embeddings of the sample have dimension %d, and not that of %s"
                            .formatted(sample.dimension(), codebook));
        }
        if (sample.rows() == 0) {
            throw new IllegalArgumentException("there are no embeddings in the sample");
        }
        SampleCheck.requireQuantizable(sample, codebook.normalize());
        int rows = sample.rows();
        int layers = codebook.layers();
        int[][] codes = new int[layers][rows];
        double[][] squaredNorms = new double[layers + 1][rows];
        quantize(codebook.quantizer(), sample.values(), codes, squaredNorms);
        Map<String, String> facts = new TreeMap<>();
        double[] errors = new double[layers];
        for (int l = 1; l <= layers; l++) {
            facts.put(HISTOGRAM + l, histogram(codes[l - 1], codebook.layerSize(l)));
            errors[l - 1] = quantizationError(squaredNorms[l], squaredNorms[0]);
        }
        facts.put(QUANTIZATION_ERROR, Facts.list(errors));
        facts.put(SAMPLE_ROWS, Integer.toString(rows));
        return facts;
    }

    private static void quantize(
            ResidualQuantizer quantizer,
            float[] embeddings,
            int[][] codes,
            double[][] squaredNorms) {
        int rows = codes[0].length;
        int layers = codes.length;
        int dimension = quantizer.dimension();
        try (ChunkedWork work = new ChunkedWork(Runtime.getRuntime().availableProcessors())) {
            work.run(
                    (rows + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK,
                    quantizer::worker,
                    (worker, chunk) -> {
                        int start = chunk * ROWS_PER_CHUNK;
                        int count = Math.min(ROWS_PER_CHUNK, rows - start);
                        int[] chunkCodes = new int[count * layers];
                        double[] chunkNorms = new double[count * (layers + 1)];
                        worker.quantize(
                                Arrays.copyOfRange(
                                        embeddings, start * dimension, (start + count) * dimension),
                                count,
                                chunkCodes,
                                chunkNorms);
                        for (int row = 0; row < count; row++) {
                            for (int l = 0; l < layers; l++) {
                                codes[l][start + row] = chunkCodes[row * layers + l];
                            }
                            for (int l = 0; l <= layers; l++) {
                                squaredNorms[l][start + row] = chunkNorms[row * (layers + 1) + l];
                            }
                        }
                    });
        }
    }

    /** The fact of one layer. */
    static String histogram(int[] codes, int size) {
        int[] counts = new int[size];
        for (int code : codes) {
            counts[code]++;
        }
        return Facts.list(counts);
    }

    /**
     * Mean of |r| / |x| over a sample.
     *
     * @param residuals squared norms of what a layer leaves
     * @param embeddings squared norms of the embeddings
     */
    static double quantizationError(double[] residuals, double[] embeddings) {
        long sum = 0;
        for (int row = 0; row < embeddings.length; row++) {
            sum = RelativeResidual.add(sum, RelativeResidual.of(residuals[row], embeddings[row]));
        }
        return RelativeResidual.mean(sum, embeddings.length);
    }

    /**
     * The histogram of a layer, counted from 1.
     *
     * @param size codewords of the layer
     * @return embeddings per code; null if the facts have none that can be
     */
    public static long[] histogram(Map<String, String> facts, int layer, int size) {
        long[] counts = Facts.longs(facts.get(HISTOGRAM + layer), size);
        boolean fits =
                counts != null
                        && LongStream.of(counts).allMatch(count -> count >= 0)
                        && LongStream.of(counts).anyMatch(count -> count > 0);
        return fits ? counts : null;
    }

    /**
     * The quantization error of each layer.
     *
     * @param layers how many the codebook has
     * @return null if the facts have none that can be
     */
    public static double[] quantizationErrors(Map<String, String> facts, int layers) {
        double[] errors = Facts.doubles(facts.get(QUANTIZATION_ERROR), layers);
        boolean fits =
                errors != null
                        && DoubleStream.of(errors)
                                .allMatch(error -> error >= 0 && Double.isFinite(error));
        return fits ? errors : null;
    }
}
