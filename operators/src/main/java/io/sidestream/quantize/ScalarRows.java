package io.sidestream.quantize;

/** Plain loops, some of which the JIT compiler vectorizes by itself. */
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

    @Override
    public void widen(float[] from, int fromAt, double[] to, int toAt, int length) {
        for (int t = 0; t < length; t++) {
            to[toAt + t] = from[fromAt + t];
        }
    }

    @Override
    public void divideNegated(double[] from, double divisor, float[] to, int toAt, int length) {
        for (int t = 0; t < length; t++) {
            to[toAt + t] = (float) -(from[t] / divisor);
        }
    }
}
