package io.sidestream.quantize;

/** The codewords of one layer, row-major, and half of their squared norms. Immutable. */
final class Layer {
    private final float[] codewords;
    private final float[] halfSquaredNorms;

    /** Keeps {@code codewords}, which nobody may change afterwards. */
    Layer(int dimension, float[] codewords) {
        this.codewords = codewords;
        this.halfSquaredNorms = new float[codewords.length / dimension];
        for (int code = 0; code < halfSquaredNorms.length; code++) {
            double sum = 0;
            for (int i = code * dimension; i < (code + 1) * dimension; i++) {
                sum += (double) codewords[i] * codewords[i];
            }
            halfSquaredNorms[code] = (float) (0.5 * sum);
        }
    }

    int size() {
        return halfSquaredNorms.length;
    }

    float[] codewords() {
        return codewords;
    }

    float[] halfSquaredNorms() {
        return halfSquaredNorms;
    }
}
