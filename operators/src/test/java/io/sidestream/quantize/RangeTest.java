package io.sidestream.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeTest {

    private static final int DIMENSION = 5;
    private static final int CODEWORDS = 19;
    private static final int LAYERS = 3;

    /** Recomputes every score, in float and in order, and looks for one that is not finite. */
    @Test
    void noScoreOfAnEmbeddingInRangeOverflows() {
        Random random = new Random(3);
        int inRange = 0;
        int outOfRange = 0;
        for (int round = 0; round < 3000; round++) {
            float[][] layers = new float[LAYERS][CODEWORDS * DIMENSION];
            double scale = Math.pow(10, random.nextInt(19));
            for (float[] layer : layers) {
                for (int i = 0; i < layer.length; i++) {
                    layer[i] = (float) (random.nextGaussian() * scale);
                }
            }
            float[] embedding = new float[DIMENSION];
            double length = Math.pow(10, random.nextInt(38));
            for (int t = 0; t < DIMENSION; t++) {
                embedding[t] = (float) (random.nextGaussian() * length);
            }
            int[] codes = new int[LAYERS];
            double[] norms = new double[LAYERS + 1];
            ResidualQuantizer quantizer = ResidualQuantizer.create(DIMENSION, layers, false);
            ResidualQuantizer.Worker worker = quantizer.worker();
            worker.quantize(embedding, 1, codes, norms);
            double[] scalarNorms = new double[LAYERS + 1];
            ResidualQuantizer.Worker scalar =
                    ResidualQuantizer.scalar(DIMENSION, layers, false).worker();
            scalar.quantize(embedding, 1, codes.clone(), scalarNorms);

            assertThat(scalar.isInRange(scalarNorms, 0)).isEqualTo(worker.isInRange(norms, 0));
            if (worker.isInRange(norms, 0)) {
                inRange++;
                assertThat(everyScoreIsFinite(layers, embedding, codes)).isTrue();
            } else {
                outOfRange++;
            }
        }
        assertThat(inRange).isGreaterThan(500);
        assertThat(outOfRange).isGreaterThan(500);
    }

    private static boolean everyScoreIsFinite(float[][] layers, float[] embedding, int[] codes) {
        float[] residual = embedding.clone();
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int code = 0; code < CODEWORDS; code++) {
                double squares = 0;
                for (int t = 0; t < DIMENSION; t++) {
                    double value = layers[layer][code * DIMENSION + t];
                    squares += value * value;
                }
                float score = (float) (squares / 2);
                for (int t = 0; t < DIMENSION; t++) {
                    score = Math.fma(-residual[t], layers[layer][code * DIMENSION + t], score);
                    if (!Float.isFinite(score)) {
                        return false;
                    }
                }
            }
            for (int t = 0; t < DIMENSION; t++) {
                residual[t] -= layers[layer][codes[layer] * DIMENSION + t];
            }
        }
        return true;
    }
}
