package io.sidestream.codebook;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Codewords that no embedding can ever be given, whatever the catalog: wasted tokens. Found are
 * those for which it can be proven cheaply:
 *
 * <ul>
 *   <li>a codeword that is equal to an earlier one of its layer: of equal scores the lowest index
 *       wins;
 *   <li>where embeddings are normalized, a codeword so long that another one is always nearer: what
 *       a layer quantizes then has a bounded norm.
 * </ul>
 *
 * <p>Not found are codewords that rounding alone keeps from being chosen.
 */
public final class UnreachableCodewords {

    /** Keeps rounding from deciding what is too long. */
    private static final double MARGIN = 1 + 1e-3;

    private UnreachableCodewords() {}

    /**
     * Unreachable codewords of one layer, for one reason.
     *
     * @param layer 1-based
     * @param count how many there are
     * @param example the first of them, 0-based
     * @param equalTo the codeword that the example is equal to, 0-based; -1 if it is too long
     */
    public record Finding(int layer, int count, int example, int equalTo) {

        /**
         * Such as {@code layer 2: 3 codewords can never be chosen: codeword 17 equals codeword 4}.
         */
        @Override
        public String toString() {
            return "layer %d: %d codeword%s can never be chosen: codeword %d %s"
                    .formatted(
                            layer,
                            count,
                            count == 1 ? "" : "s",
                            example,
                            equalTo >= 0
                                    ? "equals codeword " + equalTo
                                    : "is longer than any normalized embedding can reach");
        }
    }

    /** What is found in a codebook, layer by layer. */
    public static List<Finding> in(Codebook codebook) {
        List<Finding> findings = new ArrayList<>();
        double radius = 1; // of what the layer quantizes
        for (int layer = 1; layer <= codebook.layers(); layer++) {
            addEqual(codebook, layer, findings);
            if (codebook.normalize()) {
                radius = addTooLong(codebook, layer, radius, findings);
            }
        }
        return findings;
    }

    private static void addEqual(Codebook codebook, int layer, List<Finding> findings) {
        Map<Row, Integer> first = new HashMap<>();
        int count = 0;
        int example = -1;
        int equalTo = -1;
        for (int code = 0; code < codebook.layerSize(layer); code++) {
            Row row = new Row(codebook.layer(layer), code, codebook.dimension());
            Integer earlier = first.putIfAbsent(row, code);
            if (earlier != null && count++ == 0) {
                example = code;
                equalTo = earlier;
            }
        }
        if (count > 0) {
            findings.add(new Finding(layer, count, example, equalTo));
        }
    }

    /**
     * The score of c is at least {@code |c|^2 / 2 - R |c|} and at most {@code |c|^2 / 2 + R |c|}
     * where what is quantized is not longer than R.
     *
     * @return the radius of what the next layer quantizes: nothing is left that is longer than to
     *     the shortest codeword
     */
    private static double addTooLong(
            Codebook codebook, int layer, double radius, List<Finding> findings) {
        double[] norms = norms(codebook, layer);
        double shortest = Double.MAX_VALUE;
        double best = Double.MAX_VALUE;
        for (double norm : norms) {
            shortest = Math.min(shortest, norm);
            best = Math.min(best, norm * norm / 2 + radius * norm);
        }
        int count = 0;
        int example = -1;
        for (int code = 0; code < norms.length; code++) {
            if (norms[code] * norms[code] / 2 - radius * norms[code] > best * MARGIN
                    && count++ == 0) {
                example = code;
            }
        }
        if (count > 0) {
            findings.add(new Finding(layer, count, example, -1));
        }
        return (radius + shortest) * MARGIN;
    }

    private static double[] norms(Codebook codebook, int layer) {
        float[] values = codebook.layer(layer);
        int dimension = codebook.dimension();
        double[] norms = new double[codebook.layerSize(layer)];
        for (int code = 0; code < norms.length; code++) {
            double squares = 0;
            for (int t = 0; t < dimension; t++) {
                double value = values[code * dimension + t];
                squares += value * value;
            }
            norms[code] = Math.sqrt(squares);
        }
        return norms;
    }

    /** A codeword by its values; 0 and -0 score alike. */
    private static final class Row {

        private final float[] values;
        private final int begin;
        private final int length;
        private final int hash;

        Row(float[] values, int code, int dimension) {
            this.values = values;
            this.begin = code * dimension;
            this.length = dimension;
            int sum = 0;
            for (int i = begin; i < begin + length; i++) {
                sum = 31 * sum + Float.floatToIntBits(values[i] + 0f);
            }
            this.hash = sum;
        }

        @Override
        public boolean equals(Object other) {
            if (!(other instanceof Row that) || length != that.length) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (values[begin + i] != that.values[that.begin + i]) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
