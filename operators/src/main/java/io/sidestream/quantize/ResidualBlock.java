package io.sidestream.quantize;

import java.util.Arrays;

/**
 * What is left of a block of embeddings after the layers so far: the working memory of one thread.
 *
 * <p>Residuals are stored negated, because that is the factor of every fused multiply-add. They are
 * cut into slabs of {@link #SLAB} coordinates: a slab holds its piece of every row, one row after
 * the other. So the distance between the same coordinate of neighbouring rows is a compile-time
 * constant, which lets the vector kernel address a whole tile of rows through one register; and a
 * slab's piece of a codeword panel stays in the first-level cache while all rows of the block pass.
 *
 * <p>{@code -r + c} is {@code -(r - c)} exactly, except that a difference of zero has the other
 * sign. The sign of a zero can change no score but the sign of a zero score, and so no code.
 */
final class ResidualBlock {

    /** Coordinates in a slab; the last slab may be narrower, its rows are not. */
    static final int SLAB = 128;

    /** Every height of a tile divides it, and so does {@link #SUMMED}: none ends out of bounds. */
    private static final int ROWS_MULTIPLE = 8;

    private static final int MAX_ROWS = 384;
    private static final int MIN_ROWS = 64;

    /** About 1 MiB of residuals: they stay in the second-level cache. */
    private static final int TARGET_FLOATS = 1 << 18;

    /** Rows whose squares are summed together, since each row is one chain of dependent sums. */
    private static final int SUMMED = 4;

    private final int dimension;
    private final RowArithmetic arithmetic;
    private final int capacity;
    private final float[] negated;
    private final double[] sums;
    private final double[] wide = new double[SUMMED * SLAB];
    private int rows;

    ResidualBlock(int dimension, RowArithmetic arithmetic) {
        this.dimension = dimension;
        this.arithmetic = arithmetic;
        int fitting = Math.min(MAX_ROWS, Math.max(MIN_ROWS, TARGET_FLOATS / dimension));
        this.capacity = fitting / ROWS_MULTIPLE * ROWS_MULTIPLE;
        this.negated = new float[Math.multiplyExact(slabs() * SLAB, capacity)];
        this.sums = new double[capacity];
    }

    int dimension() {
        return dimension;
    }

    /** The most rows that can be loaded. */
    int capacity() {
        return capacity;
    }

    /** The rows that are loaded now. */
    int rows() {
        return rows;
    }

    int slabs() {
        return (dimension + SLAB - 1) / SLAB;
    }

    /** The number of coordinates in a slab. */
    int width(int slab) {
        return Math.min(SLAB, dimension - slab * SLAB);
    }

    /** Where in {@link #negated()} the piece of a row in a slab begins. */
    int offset(int slab, int row) {
        return (slab * capacity + row) * SLAB;
    }

    /** The negated residuals; rows that are not loaded hold numbers of no meaning. */
    float[] negated() {
        return negated;
    }

    /**
     * Replaces the block by rows of embeddings.
     *
     * @param embeddings row-major
     * @throws IllegalArgumentException if a row that is to be normalized is zero
     */
    void load(float[] embeddings, int firstRow, int count, boolean normalize) {
        rows = count;
        int from = firstRow * dimension;
        if (normalize) {
            Arrays.fill(sums, 0, count, 0);
            for (int slab = 0; slab < slabs(); slab++) {
                addSquares(embeddings, from + slab * SLAB, dimension, width(slab));
            }
        }
        for (int row = 0; row < count; row++) {
            if (normalize && sums[row] == 0) {
                throw new IllegalArgumentException(
                        "embedding in row "
                                + (firstRow + row)
                                + " is a zero vector, which cannot be normalized: reject it before"
                                + " quantizing");
            }
            double norm = Math.sqrt(sums[row]);
            for (int slab = 0; slab < slabs(); slab++) {
                int source = from + row * dimension + slab * SLAB;
                int target = offset(slab, row);
                if (normalize) {
                    widen(embeddings, source, wide, 0, width(slab));
                    putQuotients(norm, target, width(slab));
                } else {
                    arithmetic.negate(embeddings, source, negated, target, width(slab));
                }
            }
        }
    }

    /** Divides {@link #wide} by a norm, negates, and rounds: steps apart, as the JIT likes them. */
    private void putQuotients(double norm, int target, int width) {
        for (int t = 0; t < width; t++) {
            wide[t] = -wide[t] / norm;
        }
        for (int t = 0; t < width; t++) {
            negated[target + t] = (float) wide[t];
        }
    }

    private static void widen(float[] from, int fromAt, double[] to, int toAt, int length) {
        for (int t = 0; t < length; t++) {
            to[toAt + t] = from[fromAt + t];
        }
    }

    /** Subtracts the codeword that begins at {@code codewords[from]} from a row's residual. */
    void subtract(int row, float[] codewords, int from) {
        for (int slab = 0; slab < slabs(); slab++) {
            arithmetic.add(codewords, from + slab * SLAB, negated, offset(slab, row), width(slab));
        }
    }

    /** The squared norm of each row's residual, summed in double precision in index order. */
    double[] squaredNorms() {
        Arrays.fill(sums, 0, rows, 0);
        for (int slab = 0; slab < slabs(); slab++) {
            addSquares(negated, offset(slab, 0), SLAB, width(slab));
        }
        return sums;
    }

    /** Adds the squares of a slab's width of values to the sum of each row. */
    private void addSquares(float[] values, int from, int stride, int width) {
        for (int first = 0; first < rows; first += SUMMED) {
            int count = Math.min(SUMMED, rows - first);
            for (int i = 0; i < count; i++) {
                widen(values, from + (first + i) * stride, wide, i * SLAB, width);
            }
            double sum0 = sums[first];
            double sum1 = sums[first + 1];
            double sum2 = sums[first + 2];
            double sum3 = sums[first + 3];
            for (int t = 0; t < width; t++) {
                sum0 += wide[t] * wide[t];
                sum1 += wide[SLAB + t] * wide[SLAB + t];
                sum2 += wide[2 * SLAB + t] * wide[2 * SLAB + t];
                sum3 += wide[3 * SLAB + t] * wide[3 * SLAB + t];
            }
            sums[first] = sum0;
            sums[first + 1] = sum1;
            sums[first + 2] = sum2;
            sums[first + 3] = sum3;
        }
    }
}
