package io.sidestream.quantize;

/**
 * What a layer leaves unexplained of an embedding: |r| / |x|, as a fixed-point number. Sums of such
 * numbers are exact in any order, so that what was added can be taken away again and a mean is the
 * same at any parallelism.
 */
public final class RelativeResidual {

    private static final double ONE = 1L << 30;
    private static final double LARGEST = (1L << 32) - 1;

    private RelativeResidual() {}

    /**
     * The number of 2^-30ths, unsigned. From 4 on it is cut off; of a zero embedding, nothing is
     * unexplained if the residual is zero, too, and all there is to say otherwise.
     *
     * @param residual squared norm of the residual
     * @param embedding squared norm of the embedding
     */
    public static int of(double residual, double embedding) {
        if (residual == 0) {
            return 0;
        }
        return (int) (long) Math.min(LARGEST, Math.rint(ONE * Math.sqrt(residual / embedding)));
    }

    /** Adds up what {@link #of} returns. */
    public static long add(long sum, int residual) {
        return sum + Integer.toUnsignedLong(residual);
    }

    /** Takes away what was added. */
    public static long subtract(long sum, int residual) {
        return sum - Integer.toUnsignedLong(residual);
    }

    /** The mean |r| / |x| of several embeddings. */
    public static double mean(long sum, long embeddings) {
        return sum / ONE / embeddings;
    }
}
