package io.sidestream.quantize;

/** Plain loops. */
final class ScalarRows implements RowArithmetic {

    @Override
    public void negate(float[] from, int fromAt, float[] to, int toAt, int length) {
        for (int t = 0; t < length; t++) {
            to[toAt + t] = -from[fromAt + t];
        }
    }

    @Override
    public void add(float[] from, int fromAt, float[] to, int toAt, int length) {
        for (int t = 0; t < length; t++) {
            to[toAt + t] += from[fromAt + t];
        }
    }
}
