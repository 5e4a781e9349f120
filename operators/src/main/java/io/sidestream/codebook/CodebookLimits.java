package io.sidestream.codebook;

import io.sidestream.schema.Quote;
import java.util.regex.Pattern;

/**
 * How large a codebook may be. The limits are the same wherever a codebook or its manifest comes
 * in: import, training, publishing, and the job's own input. State, reports and plans have a size
 * that follows from them.
 */
public final class CodebookLimits {

    public static final int MAX_LAYERS = 32;

    /** Of all layers together. */
    public static final int MAX_CODEWORDS = 1 << 20;

    public static final int MAX_DIMENSION = 1 << 16;

    /** Components of one layer; they are one array. */
    private static final int MAX_VALUES = Integer.MAX_VALUE - 8;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private CodebookLimits() {}

    /**
     * Checks a codebook's shape.
     *
     * @param dimension components of a codeword
     * @param layerSizes codewords of each layer, first layer first
     * @throws IllegalArgumentException if the shape is beyond a limit; the message names the limit
     */
    public static void requireShape(int dimension, int[] layerSizes) {
        requireDimension(dimension);
        if (layerSizes.length < 1 || layerSizes.length > MAX_LAYERS) {
            throw new IllegalArgumentException(
                    "a codebook has 1 to %d layers, not %d"
                            .formatted(MAX_LAYERS, layerSizes.length));
        }
        long codewords = 0;
        for (int layer = 1; layer <= layerSizes.length; layer++) {
            int size = layerSizes[layer - 1];
            if (size < 1) {
                throw new IllegalArgumentException(
                        "layer %d has %d codewords; a layer has at least 1".formatted(layer, size));
            }
            if ((long) size * dimension > MAX_VALUES) {
                throw new IllegalArgumentException(
                        "layer %d has %d codewords of dimension %d; a layer has at most %d values"
                                .formatted(layer, size, dimension, MAX_VALUES));
            }
            codewords += size;
        }
        if (codewords > MAX_CODEWORDS) {
            throw new IllegalArgumentException(
                    "%d codewords in all layers; a codebook has at most %d"
                            .formatted(codewords, MAX_CODEWORDS));
        }
    }

    /**
     * Checks the length of a codeword.
     *
     * @throws IllegalArgumentException if it is beyond the limit
     */
    public static void requireDimension(int dimension) {
        if (dimension < 1 || dimension > MAX_DIMENSION) {
            throw new IllegalArgumentException(
                    "a codebook's dimension is 1 to %d, not %d"
                            .formatted(MAX_DIMENSION, dimension));
        }
    }

    /**
     * Checks the form of a SHA-256.
     *
     * @throws IllegalArgumentException if it is not 64 lower-case hexadecimal digits
     */
    public static void requireSha256(String sha256) {
        if (!SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException(
                    "%s is no SHA-256: that has 64 lower-case hexadecimal digits"
                            .formatted(Quote.quote(sha256)));
        }
    }
}
