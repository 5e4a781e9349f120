package io.sidestream.codebook;

import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.Quote;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A named version of the codewords that embeddings are quantized against: {@code L} layers, of
 * which layer {@code l}, counted from 1, has {@code K_l} codewords of dimension {@code d}.
 * Immutable, as long as callers leave the shared arrays alone: a codebook can be hundreds of
 * megabytes, so none are copied.
 */
public final class Codebook {
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final String version;
    private final int dimension;
    private final boolean normalize;
    private final float[][] layers;
    private final Map<String, String> facts;

    private Codebook(
            String version,
            int dimension,
            boolean normalize,
            float[][] layers,
            Map<String, String> facts) {
        requireVersion(version);
        this.version = version;
        this.dimension = dimension;
        this.normalize = normalize;
        this.layers = layers;
        this.facts = facts;
    }

    /**
     * Makes a codebook.
     *
     * @param version its name, {@code [A-Za-z0-9._-]{1,64}}
     * @param dimension components of a codeword
     * @param normalize whether embeddings are divided by their L2 norm before they are quantized
     * @param layers {@code [L][K_l * d]}, row-major; not copied and not to be changed any more
     * @param facts what is known about the codebook's making, in free words
     * @throws IllegalArgumentException when a name, a shape or a value is not as it must be; the
     *     message gives layer, codeword and component
     */
    public static Codebook of(
            String version,
            int dimension,
            boolean normalize,
            float[][] layers,
            Map<String, String> facts) {
        CodebookLimits.requireDimension(dimension);
        int[] sizes = new int[layers.length];
        for (int i = 0; i < layers.length; i++) {
            sizes[i] = requireWhole(i + 1, layers[i], dimension);
        }
        CodebookLimits.requireShape(dimension, sizes);
        for (int i = 0; i < layers.length; i++) {
            checkValues(i + 1, layers[i], dimension);
        }
        return new Codebook(
                version,
                dimension,
                normalize,
                layers.clone(),
                Collections.unmodifiableMap(new TreeMap<>(facts)));
    }

    public String version() {
        return version;
    }

    public int dimension() {
        return dimension;
    }

    public int layers() {
        return layers.length;
    }

    /** Number of codewords in a layer, counted from 1. */
    public int layerSize(int layer) {
        return layer(layer).length / dimension;
    }

    /** Number of codewords in each layer, the first layer first. */
    public int[] layerSizes() {
        return Arrays.stream(layers).mapToInt(layer -> layer.length / dimension).toArray();
    }

    public boolean normalize() {
        return normalize;
    }

    /**
     * Codewords of a layer, counted from 1: {@code K_l} x {@code d}, row-major. Shared: do not
     * modify.
     */
    public float[] layer(int layer) {
        if (layer < 1 || layer > layers.length) {
            throw new IllegalArgumentException(
                    "codebook %s has layers 1 to %d, not %d"
                            .formatted(version, layers.length, layer));
        }
        return layers[layer - 1];
    }

    /** What is known about the codebook's making, sorted by name. */
    public Map<String, String> facts() {
        return facts;
    }

    /** The same codewords under another name; nothing is copied. */
    public Codebook withVersion(String newVersion) {
        return new Codebook(newVersion, dimension, normalize, layers, facts);
    }

    /** The same codebook with one fact added or replaced; nothing is copied. */
    public Codebook withFact(String name, String value) {
        return withFacts(Map.of(name, value));
    }

    /** The same codebook with facts added or replaced; nothing else is copied. */
    public Codebook withFacts(Map<String, String> additions) {
        Map<String, String> more = new TreeMap<>(facts);
        more.putAll(additions);
        return new Codebook(
                version, dimension, normalize, layers, Collections.unmodifiableMap(more));
    }

    /**
     * Builds a quantizer against this codebook. It takes time, and as much memory as the codebook,
     * which may be forgotten afterwards: so share it.
     */
    public ResidualQuantizer quantizer() {
        return ResidualQuantizer.create(dimension, layers, normalize);
    }

    /** Such as {@code codebook v1 (256 x 256 x 256, dimension 100, normalized)}. */
    @Override
    public String toString() {
        String sizes =
                Arrays.stream(layerSizes())
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(" x "));
        return "codebook %s (%s, dimension %d%s)"
                .formatted(version, sizes, dimension, normalize ? ", normalized" : "");
    }

    /**
     * Checks a version's name.
     *
     * @throws IllegalArgumentException if it is none; the message says what names are like
     */
    public static void requireVersion(String version) {
        if (!VERSION.matcher(version).matches()) {
            throw new IllegalArgumentException(
                    "codebook version "
                            + Quote.quote(version)
                            + " must be 1 to 64 letters, digits, '.', '_' or '-': it becomes part"
                            + " of a topic's name");
        }
    }

    private static int requireWhole(int layer, float[] codewords, int dimension) {
        if (codewords.length == 0 || codewords.length % dimension != 0) {
            throw new IllegalArgumentException(
                    "layer %d has %d values, which is no positive multiple of the dimension %d"
                            .formatted(layer, codewords.length, dimension));
        }
        return codewords.length / dimension;
    }

    /** Half the squared norm of a codeword is the score of a zero vector; it must be a float. */
    private static void checkValues(int layer, float[] codewords, int dimension) {
        for (int first = 0; first < codewords.length; first += dimension) {
            double squares = 0;
            for (int t = 0; t < dimension; t++) {
                float value = codewords[first + t];
                if (!Float.isFinite(value)) {
                    throw new IllegalArgumentException(
                            "layer %d, codeword %d, component %d is %s; every value must be finite"
                                    .formatted(layer, first / dimension, t, value));
                }
                squares += (double) value * value;
            }
            if (Float.isInfinite((float) (squares / 2))) {
                throw new IllegalArgumentException(
                        "layer %d, codeword %d is too long: half its squared norm, %s, is beyond float32"
                                .formatted(layer, first / dimension, squares / 2));
            }
        }
    }
}
