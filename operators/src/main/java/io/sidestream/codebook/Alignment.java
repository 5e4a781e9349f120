package io.sidestream.codebook;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Another order for the codewords of a codebook, in which as many items as can be have the same
 * token as under an older one: so a vocabulary that was learnt with the older keeps its meaning as
 * far as possible. Each layer is brought in order by itself: what a layer leaves of an embedding
 * does not depend on the numbers of its codewords.
 *
 * <p>Best means the most items of those given, over all orders of a layer: an assignment problem,
 * solved exactly. Codewords that share no item with a token which is still to be had keep their
 * index where it is free, and otherwise take the lowest that is, in their order. Layers that the
 * older codebook does not have stay as they are.
 */
public final class Alignment {
    private static final int NONE = -1;

    private final int[] sizes;
    private final int items;
    private final int[][] orders;
    private final int[] agreedBefore;
    private final int[] agreedAfter;

    private Alignment(int[] sizes, int items, int layers) {
        this.sizes = sizes.clone();
        this.items = items;
        this.orders = new int[layers][];
        this.agreedBefore = new int[layers];
        this.agreedAfter = new int[layers];
    }

    /**
     * Aligns by the codes that the same items have under both codebooks.
     *
     * @param sizes codewords of each layer of the codebook to be aligned
     * @param codes items x {@code sizes.length}, row-major: each item's codes under it
     * @param olderSizes codewords of each layer of the codebook to align it with
     * @param olderCodes items x {@code olderSizes.length}, row-major: each item's codes under that
     * @throws IllegalArgumentException if there is no item, the codes are not of equally many, or
     *     one is of no codeword
     */
    public static Alignment of(int[] sizes, int[] codes, int[] olderSizes, int[] olderCodes) {
        int items = items("aligned", sizes, codes);
        int olderItems = items("older", olderSizes, olderCodes);
        if (items != olderItems || items == 0) {
            throw new IllegalArgumentException(
                    "there are codes of %d items under the codebook to be aligned, and of %d"
                                    .formatted(items, olderItems)
                            + " under the older one: they must be of the same items, one at least");
        }
        int layers = Math.min(sizes.length, olderSizes.length);
        Alignment alignment = new Alignment(sizes, items, layers);
        for (int l = 0; l < layers; l++) {
            alignment.align(
                    l, column(codes, sizes.length, l), column(olderCodes, olderSizes.length, l));
        }
        return alignment;
    }

    private static int items(String which, int[] sizes, int[] codes) {
        if (sizes.length == 0 || codes.length % sizes.length != 0) {
            throw new IllegalArgumentException(
                    "%d codes under the %s codebook are no whole number of items with %d layers"
                            .formatted(codes.length, which, sizes.length));
        }
        for (int i = 0; i < codes.length; i++) {
            int layer = i % sizes.length;
            if (codes[i] < 0 || codes[i] >= sizes[layer]) {
                throw new IllegalArgumentException(
                        "item %d has code %d in layer %d of the %s codebook, which has %d codewords"
                                .formatted(
                                        i / sizes.length,
                                        codes[i],
                                        layer + 1,
                                        which,
                                        sizes[layer]));
            }
        }
        return codes.length / sizes.length;
    }

    private static int[] column(int[] codes, int layers, int layer) {
        int[] column = new int[codes.length / layers];
        for (int item = 0; item < column.length; item++) {
            column[item] = codes[item * layers + layer];
        }
        return column;
    }

    private void align(int layer, int[] codes, int[] olderCodes) {
        int size = sizes[layer];
        long[] cells = new long[items];
        int count = 0;
        for (int item = 0; item < items; item++) {
            // An older token beyond the layer's end cannot be had.
            if (olderCodes[item] < size) {
                cells[count++] = (long) codes[item] << 32 | olderCodes[item];
            }
        }
        Arrays.sort(cells, 0, count);
        int[] places = Matching.of(size, size, Arrays.copyOf(cells, count));
        fill(places);
        for (int item = 0; item < items; item++) {
            agreedBefore[layer] += codes[item] == olderCodes[item] ? 1 : 0;
            agreedAfter[layer] += places[codes[item]] == olderCodes[item] ? 1 : 0;
        }
        orders[layer] = inverse(places);
    }

    /** Gives a place to every codeword that has none. */
    private static void fill(int[] places) {
        boolean[] taken = new boolean[places.length];
        for (int place : places) {
            if (place != NONE) {
                taken[place] = true;
            }
        }
        for (int codeword = 0; codeword < places.length; codeword++) {
            if (places[codeword] == NONE && !taken[codeword]) {
                places[codeword] = codeword;
                taken[codeword] = true;
            }
        }
        int lowest = 0;
        for (int codeword = 0; codeword < places.length; codeword++) {
            if (places[codeword] == NONE) {
                while (taken[lowest]) {
                    lowest++;
                }
                places[codeword] = lowest;
                taken[lowest] = true;
            }
        }
    }

    private static int[] inverse(int[] places) {
        int[] order = new int[places.length];
        for (int codeword = 0; codeword < places.length; codeword++) {
            order[places[codeword]] = codeword;
        }
        return order;
    }

    /** How many layers are aligned: as many as both codebooks have. */
    public int layers() {
        return orders.length;
    }

    /**
     * For each new index of a layer, counted from 1, the index that the codeword has had before.
     */
    public int[] order(int layer) {
        return orders[index(layer)].clone();
    }

    /** Share of the items that have the same token under both codebooks as they are. */
    public double agreementBefore(int layer) {
        return (double) agreedBefore[index(layer)] / items;
    }

    /** Share of the items that have the same token once the codebook is aligned. */
    public double agreementAfter(int layer) {
        return (double) agreedAfter[index(layer)] / items;
    }

    private int index(int layer) {
        if (layer < 1 || layer > orders.length) {
            throw new IllegalArgumentException(
                    "layers 1 to %d are aligned, not %d".formatted(orders.length, layer));
        }
        return layer - 1;
    }

    /**
     * The codebook with its codewords in the new order. They are the same vectors, so no distance
     * changes, and an embedding's codes are the new indices of those that it has had. (Should two
     * codewords score the same to the last bit, the lower index wins, and that may now be the
     * other's.)
     *
     * <p>The facts follow: {@code histogram.layer_N} is brought in the new order, {@code
     * aligned_with} names the older codebook, and {@code permutation.layer_N} lists for each index
     * the one that the codeword had at first, also if this is not the codebook's first alignment.
     *
     * @param olderVersion name of the codebook that this one is aligned with
     * @throws IllegalArgumentException if the codebook is not of the shape that was aligned
     */
    public Codebook apply(Codebook codebook, String olderVersion) {
        if (!Arrays.equals(codebook.layerSizes(), sizes)) {
            throw new IllegalArgumentException(
                    "%s is not of the layers %s whose codes were aligned"
                            .formatted(codebook, Arrays.toString(sizes)));
        }
        float[][] layers = new float[sizes.length][];
        Map<String, String> facts = new TreeMap<>(codebook.facts());
        for (int l = 1; l <= sizes.length; l++) {
            if (l > orders.length) {
                layers[l - 1] = codebook.layer(l);
                continue;
            }
            int[] order = orders[l - 1];
            layers[l - 1] = codewords(codebook, l, order);
            String permutation = "permutation.layer_" + l;
            long[] former = Facts.longs(facts.get(permutation), order.length);
            facts.put(permutation, Facts.list(former == null ? widen(order) : pick(former, order)));
            long[] histogram = ReferenceFacts.histogram(facts, l, order.length);
            if (histogram != null) {
                facts.put(ReferenceFacts.HISTOGRAM + l, Facts.list(pick(histogram, order)));
            }
        }
        facts.put("aligned_with", olderVersion);
        return Codebook.of(
                codebook.version(), codebook.dimension(), codebook.normalize(), layers, facts);
    }

    private static float[] codewords(Codebook codebook, int layer, int[] order) {
        int dimension = codebook.dimension();
        float[] former = codebook.layer(layer);
        float[] codewords = new float[former.length];
        for (int i = 0; i < order.length; i++) {
            System.arraycopy(former, order[i] * dimension, codewords, i * dimension, dimension);
        }
        return codewords;
    }

    private static long[] widen(int[] order) {
        return Arrays.stream(order).asLongStream().toArray();
    }

    private static long[] pick(long[] values, int[] order) {
        return Arrays.stream(order).mapToLong(i -> values[i]).toArray();
    }
}
