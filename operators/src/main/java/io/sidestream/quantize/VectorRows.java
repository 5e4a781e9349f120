package io.sidestream.quantize;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * SIMD loops with scalar tails. They pay most where precision changes: JDK 17 does not vectorize
 * conversions, and makes each scalar one wait for the one before it.
 */
final class VectorRows implements RowArithmetic {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

    /** As many floats as there are doubles in a vector. */
    private static final VectorSpecies<Float> HALF =
            FLOATS.withShape(VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));

    private static final RowArithmetic TAIL = new ScalarRows();

    @Override
    public void negate(float[] from, int fromAt, float[] to, int toAt, int length) {
        int bound = FLOATS.loopBound(length);
        for (int t = 0; t < bound; t += FLOATS.length()) {
            FloatVector.fromArray(FLOATS, from, fromAt + t).neg().intoArray(to, toAt + t);
        }
        TAIL.negate(from, fromAt + bound, to, toAt + bound, length - bound);
    }

    @Override
    public void add(float[] from, int fromAt, float[] to, int toAt, int length) {
        int bound = FLOATS.loopBound(length);
        for (int t = 0; t < bound; t += FLOATS.length()) {
            FloatVector.fromArray(FLOATS, to, toAt + t)
                    .add(FloatVector.fromArray(FLOATS, from, fromAt + t))
                    .intoArray(to, toAt + t);
        }
        TAIL.add(from, fromAt + bound, to, toAt + bound, length - bound);
    }

    @Override
    public void widen(float[] from, int fromAt, double[] to, int toAt, int length) {
        int bound = DOUBLES.loopBound(length);
        for (int t = 0; t < bound; t += DOUBLES.length()) {
            ((DoubleVector)
                            FloatVector.fromArray(HALF, from, fromAt + t)
                                    .convertShape(VectorOperators.F2D, DOUBLES, 0))
                    .intoArray(to, toAt + t);
        }
        TAIL.widen(from, fromAt + bound, to, toAt + bound, length - bound);
    }

    @Override
    public void divideNegated(double[] from, double divisor, float[] to, int toAt, int length) {
        int bound = DOUBLES.loopBound(length);
        for (int t = 0; t < bound; t += DOUBLES.length()) {
            ((FloatVector)
                            DoubleVector.fromArray(DOUBLES, from, t)
                                    .div(divisor)
                                    .neg()
                                    .convertShape(VectorOperators.D2F, HALF, 0))
                    .intoArray(to, toAt + t);
        }
        for (int t = bound; t < length; t++) {
            to[toAt + t] = (float) -(from[t] / divisor);
        }
    }
}
