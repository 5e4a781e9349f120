package io.sidestream.it;

import java.util.Arrays;

/**
 * Says what the codes of an embedding are: the nearest codeword of each layer to what the layers
 * before it have left, by plain loops in double precision.
 */
final class Oracle {

    /** Distances that differ by less, relative to their size, are a near-tie in float32. */
    private static final double MARGIN = 1e-4;

    private final int dimension;
    private final boolean normalize;
    private final float[][] layers;

    /**
     * @param layers a layer's codewords one after the other
     */
    Oracle(int dimension, boolean normalize, float[][] layers) {
        this.dimension = dimension;
        this.normalize = normalize;
        this.layers = layers;
    }

    /**
     * @param values one code a layer
     * @param decided whether no layer had a near-tie, where rounding may decide otherwise
     */
    record Codes(int[] values, boolean decided) {}

    /** Tokens of every layer. */
    int[] layerSizes() {
        return Arrays.stream(layers).mapToInt(layer -> layer.length / dimension).toArray();
    }

    /**
     * What each layer leaves unexplained of an embedding, |r| / |x|; residuals are rounded to
     * float32 after every layer, as the arithmetic of SIDs has it.
     */
    double[] unexplained(float[] embedding, int[] codes) {
        float[] residual = embedding.clone();
        if (normalize) {
            double norm = norm(embedding);
            for (int t = 0; t < dimension; t++) {
                residual[t] = (float) (embedding[t] / norm);
            }
        }
        double whole = norm(residual);
        double[] shares = new double[layers.length];
        for (int layer = 0; layer < layers.length; layer++) {
            for (int t = 0; t < dimension; t++) {
                residual[t] -= layers[layer][codes[layer] * dimension + t];
            }
            shares[layer] = norm(residual) / whole;
        }
        return shares;
    }

    private static double norm(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    Codes codes(float[] embedding) {
        double[] residual = new double[dimension];
        double norm = 0;
        for (int t = 0; t < dimension; t++) {
            residual[t] = embedding[t];
            norm += residual[t] * residual[t];
        }
        if (normalize) {
            for (int t = 0; t < dimension; t++) {
                residual[t] /= Math.sqrt(norm);
            }
        }
        int[] codes = new int[layers.length];
        boolean decided = true;
        for (int layer = 0; layer < layers.length; layer++) {
            float[] codewords = layers[layer];
            double best = Double.POSITIVE_INFINITY;
            double second = Double.POSITIVE_INFINITY;
            for (int k = 0; k < codewords.length / dimension; k++) {
                double distance = 0;
                for (int t = 0; t < dimension; t++) {
                    double difference = residual[t] - codewords[k * dimension + t];
                    distance += difference * difference;
                }
                if (distance < best) {
                    second = best;
                    best = distance;
                    codes[layer] = k;
                } else if (distance < second) {
                    second = distance;
                }
            }
            double size = 0;
            for (int t = 0; t < dimension; t++) {
                double codeword = codewords[codes[layer] * dimension + t];
                size += residual[t] * residual[t] + codeword * codeword;
                residual[t] -= codeword;
            }
            decided &= second - best > MARGIN * size;
        }
        return new Codes(codes, decided);
    }
}
