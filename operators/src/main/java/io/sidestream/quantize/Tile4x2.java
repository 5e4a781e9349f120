package io.sidestream.quantize;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Four rows by two vectors, for machines with 16 vector registers. */
final class Tile4x2 implements Tile {
    private static final VectorSpecies<Float> SPECIES = Vectors.SPECIES;
    private static final int LANES = Vectors.LANES;
    private static final int ROWS = 4;
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
    }
}
