package io.sidestream.codebook;

import io.sidestream.embedding.EmbeddingMatrix;

/** Refuses samples that cannot be quantized, with the row to blame. */
final class SampleCheck {

    private SampleCheck() {}

    /**
     * @throws IllegalArgumentException if a value is not finite, or an embedding zero that is to be
     *     normalized
     */
    static void requireQuantizable(EmbeddingMatrix sample, boolean normalize) {
        int dimension = sample.dimension();
        float[] values = sample.values();
        for (int row = 0; row < sample.rows(); row++) {
            boolean zero = true;
            for (int t = 0; t < dimension; t++) {
                float value = values[row * dimension + t];
                if (!Float.isFinite(value)) {
                    throw new IllegalArgumentException(
                            "the embedding of item \"%s\" (row %d of the sample) has %s in"
                                            .formatted(sample.ids().get(row), row, value)
                                    + " component %d: leave it out".formatted(t));
                }
                zero &= value == 0;
            }
            if (zero && normalize) {
                throw new IllegalArgumentException(
                        "the embedding of item \"%s\" (row %d of the sample) is zero, so it cannot"
                                        .formatted(sample.ids().get(row), row)
                                + " be normalized: leave it out");
            }
        }
    }
}
