package io.sidestream.bench.quantize;

import io.sidestream.quantize.ResidualQuantizer;
import java.util.Random;

/** Gaussian embeddings and codewords: the quantizer's time does not depend on their values. */
final class Workload {
    final int dimension;
    final float[][] layers;
    final float[] embeddings;
    final int items;

    Workload(int dimension, int layerSize, int layers, int items) {
        Random random = new Random(7);
        this.dimension = dimension;
        this.items = items;
        this.layers = new float[layers][];
        for (int layer = 0; layer < layers; layer++) {
            this.layers[layer] = gaussian(layerSize * dimension, random);
        }
        this.embeddings = gaussian(items * dimension, random);
    }

    ResidualQuantizer fastest() {
        return ResidualQuantizer.create(dimension, layers, false);
    }

    ResidualQuantizer scalar() {
        return ResidualQuantizer.scalar(dimension, layers, false);
    }

    private static float[] gaussian(int length, Random random) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
