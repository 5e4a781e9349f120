package io.sidestream.quantize;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Eight rows by two vectors, for machines with 32 vector registers: 16 of scores, 2 of codewords,
 * the rest for residuals on their way. A larger tile would be a little faster, but is more code
 * than the first stage of the JIT compiler of JDK 17 can take.
 */
final class Tile8x2 implements Tile {
    private static final VectorSpecies<Float> SPECIES = Vectors.SPECIES;
    private static final int LANES = Vectors.LANES;
    private static final int ROWS = 8;
    private static final int VECTORS = 2;
    private static final int WIDTH = VECTORS * LANES;
    private static final int SLAB = ResidualBlock.SLAB;

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public int vectors() {
        return VECTORS;
    }

    @Override
    public void accumulate(
            float[] panel,
            int panelAt,
            int panelStride,
            float[] negated,
            int rowAt,
            int width,
            float[] start,
            int startAt,
            int startStride,
            float[] scores,
            int scoresAt) {
        int start0 = startAt;
        FloatVector s00 = FloatVector.fromArray(SPECIES, start, start0);
        FloatVector s01 = FloatVector.fromArray(SPECIES, start, start0 + LANES);
        int start1 = startAt + startStride;
        FloatVector s10 = FloatVector.fromArray(SPECIES, start, start1);
        FloatVector s11 = FloatVector.fromArray(SPECIES, start, start1 + LANES);
        int start2 = startAt + 2 * startStride;
        FloatVector s20 = FloatVector.fromArray(SPECIES, start, start2);
        FloatVector s21 = FloatVector.fromArray(SPECIES, start, start2 + LANES);
        int start3 = startAt + 3 * startStride;
        FloatVector s30 = FloatVector.fromArray(SPECIES, start, start3);
        FloatVector s31 = FloatVector.fromArray(SPECIES, start, start3 + LANES);
        int start4 = startAt + 4 * startStride;
        FloatVector s40 = FloatVector.fromArray(SPECIES, start, start4);
        FloatVector s41 = FloatVector.fromArray(SPECIES, start, start4 + LANES);
        int start5 = startAt + 5 * startStride;
        FloatVector s50 = FloatVector.fromArray(SPECIES, start, start5);
        FloatVector s51 = FloatVector.fromArray(SPECIES, start, start5 + LANES);
        int start6 = startAt + 6 * startStride;
        FloatVector s60 = FloatVector.fromArray(SPECIES, start, start6);
        FloatVector s61 = FloatVector.fromArray(SPECIES, start, start6 + LANES);
        int start7 = startAt + 7 * startStride;
        FloatVector s70 = FloatVector.fromArray(SPECIES, start, start7);
        FloatVector s71 = FloatVector.fromArray(SPECIES, start, start7 + LANES);
        for (int t = 0; t < width; t++) {
            int p = panelAt + t * LANES;
            FloatVector c0 = FloatVector.fromArray(SPECIES, panel, p);
            FloatVector c1 = FloatVector.fromArray(SPECIES, panel, p + panelStride);
            int r = rowAt + t;
            FloatVector r0 = FloatVector.broadcast(SPECIES, negated[r]);
            s00 = r0.fma(c0, s00);
            s01 = r0.fma(c1, s01);
            FloatVector r1 = FloatVector.broadcast(SPECIES, negated[r + SLAB]);
            s10 = r1.fma(c0, s10);
            s11 = r1.fma(c1, s11);
            FloatVector r2 = FloatVector.broadcast(SPECIES, negated[r + 2 * SLAB]);
            s20 = r2.fma(c0, s20);
            s21 = r2.fma(c1, s21);
            FloatVector r3 = FloatVector.broadcast(SPECIES, negated[r + 3 * SLAB]);
            s30 = r3.fma(c0, s30);
            s31 = r3.fma(c1, s31);
            FloatVector r4 = FloatVector.broadcast(SPECIES, negated[r + 4 * SLAB]);
            s40 = r4.fma(c0, s40);
            s41 = r4.fma(c1, s41);
            FloatVector r5 = FloatVector.broadcast(SPECIES, negated[r + 5 * SLAB]);
            s50 = r5.fma(c0, s50);
            s51 = r5.fma(c1, s51);
            FloatVector r6 = FloatVector.broadcast(SPECIES, negated[r + 6 * SLAB]);
            s60 = r6.fma(c0, s60);
            s61 = r6.fma(c1, s61);
            FloatVector r7 = FloatVector.broadcast(SPECIES, negated[r + 7 * SLAB]);
            s70 = r7.fma(c0, s70);
            s71 = r7.fma(c1, s71);
        }
        int scores0 = scoresAt;
        Vectors.store(s00, scores, scores0);
        Vectors.store(s01, scores, scores0 + LANES);
        int scores1 = scoresAt + WIDTH;
        Vectors.store(s10, scores, scores1);
        Vectors.store(s11, scores, scores1 + LANES);
        int scores2 = scoresAt + 2 * WIDTH;
        Vectors.store(s20, scores, scores2);
        Vectors.store(s21, scores, scores2 + LANES);
        int scores3 = scoresAt + 3 * WIDTH;
        Vectors.store(s30, scores, scores3);
        Vectors.store(s31, scores, scores3 + LANES);
        int scores4 = scoresAt + 4 * WIDTH;
        Vectors.store(s40, scores, scores4);
        Vectors.store(s41, scores, scores4 + LANES);
        int scores5 = scoresAt + 5 * WIDTH;
        Vectors.store(s50, scores, scores5);
        Vectors.store(s51, scores, scores5 + LANES);
        int scores6 = scoresAt + 6 * WIDTH;
        Vectors.store(s60, scores, scores6);
        Vectors.store(s61, scores, scores6 + LANES);
        int scores7 = scoresAt + 7 * WIDTH;
        Vectors.store(s70, scores, scores7);
        Vectors.store(s71, scores, scores7 + LANES);
    }
}
