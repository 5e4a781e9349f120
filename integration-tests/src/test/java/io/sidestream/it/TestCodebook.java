package io.sidestream.it;

import io.sidestream.codebook.Codebook;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A codebook, as the system gets it and as the oracle sees it.
 *
 * @param codebook for the system
 * @param oracle made from the same numbers
 */
record TestCodebook(Codebook codebook, Oracle oracle) {

    /** Codewords drawn at random, smaller from layer to layer as residuals are. */
    static TestCodebook random(
            String version, int dimension, boolean normalize, long seed, int... layerSizes) {
        Random random = new Random(seed);
        float[][] layers = new float[layerSizes.length][];
        for (int layer = 0; layer < layers.length; layer++) {
            double scale = (normalize ? 1 / Math.sqrt(dimension) : 1) / (1 << layer);
            layers[layer] = new float[layerSizes[layer] * dimension];
            for (int i = 0; i < layers[layer].length; i++) {
                layers[layer][i] = (float) (scale * random.nextGaussian());
            }
        }
        return of(Codebook.of(version, dimension, normalize, layers, Map.of()));
    }

    /** The same with a histogram of each layer's tokens among its facts. */
    TestCodebook withHistograms(long[]... histograms) {
        Map<String, String> facts = new TreeMap<>();
        float[][] layers = new float[histograms.length][];
        for (int layer = 1; layer <= histograms.length; layer++) {
            layers[layer - 1] = codebook.layer(layer);
            facts.put(
                    "histogram.layer_" + layer,
                    LongStream.of(histograms[layer - 1])
                            .mapToObj(Long::toString)
                            .collect(Collectors.joining(",")));
        }
        return of(
                Codebook.of(version(), codebook.dimension(), codebook.normalize(), layers, facts));
    }

    static TestCodebook of(Codebook codebook) {
        float[][] layers = new float[codebook.layers()][];
        for (int layer = 0; layer < layers.length; layer++) {
            layers[layer] = codebook.layer(layer + 1).clone();
        }
        return new TestCodebook(
                codebook, new Oracle(codebook.dimension(), codebook.normalize(), layers));
    }

    String version() {
        return codebook.version();
    }
}
