package io.sidestream.embedding;

import java.util.List;

/** Embeddings held in memory, and their ids. */
public final class EmbeddingMatrix {
    private final List<String> ids;
    private final int dimension;
    private final float[] values;

    /**
     * Puts a matrix together.
     *
     * @param ids one id a row, in row order
     * @param dimension components of a row
     * @param values {@code ids.size()} x {@code dimension}, row-major; not copied
     */
    public EmbeddingMatrix(List<String> ids, int dimension, float[] values) {
        if (dimension < 1) {
            throw new IllegalArgumentException("dimension must be at least 1, not " + dimension);
        }
        long needed = (long) ids.size() * dimension;
        if (values.length != needed) {
            throw new IllegalArgumentException(
                    "%d ids of dimension %d need %d values, not %d"
                            .formatted(ids.size(), dimension, needed, values.length));
        }
        this.ids = List.copyOf(ids);
        this.dimension = dimension;
        this.values = values;
    }

    /** Number of embeddings. */
    public int rows() {
        return ids.size();
    }

    /** Components of an embedding. */
    public int dimension() {
        return dimension;
    }

    /** One id a row, in row order. */
    public List<String> ids() {
        return ids;
    }

    /** {@link #rows()} x {@link #dimension()}, row-major; shared. */
    public float[] values() {
        return values;
    }
}
