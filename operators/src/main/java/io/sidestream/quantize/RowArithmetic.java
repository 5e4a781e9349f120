package io.sidestream.quantize;

/**
 * Element-wise operations on stretches of rows. Each element's result is one correctly rounded
 * operation, so every implementation gives the same numbers.
 */
interface RowArithmetic {

    /** {@code to = -from}. */
    void negate(float[] from, int fromAt, float[] to, int toAt, int length);

    /** {@code to += from}. */
    void add(float[] from, int fromAt, float[] to, int toAt, int length);
}
