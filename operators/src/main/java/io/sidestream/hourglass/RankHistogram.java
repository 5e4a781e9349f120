package io.sidestream.hourglass;

import java.util.Arrays;

/**
 * The counts of a large layer in a bounded number of bins: its tokens by count, highest first, in
 * bins of equally many tokens (give or take one). It shows how skewed the layer is, but not which
 * tokens are frequent.
 */
public final class RankHistogram {

    public static final int BINS = 1024;

    /**
     * Counts that one report lists one by one; every one takes at most 10 bytes, so that a report
     * fits into a Kafka record.
     */
    public static final int MAX_LISTED = 1 << 16;

    private RankHistogram() {}

    /**
     * Which layers of a codebook are listed token by token in its reports: the smallest first (of
     * equals, the earlier one), as long as they have {@value #MAX_LISTED} tokens together. It
     * depends on the sizes alone, so that all reports of a version have one form.
     *
     * @param layerSizes tokens of each layer, first layer first
     * @return for each layer, whether its counts are listed
     */
    public static boolean[] listedLayers(int[] layerSizes) {
        boolean[] listed = new boolean[layerSizes.length];
        Integer[] bySize = new Integer[layerSizes.length];
        Arrays.setAll(bySize, layer -> layer);
        Arrays.sort(bySize, (a, b) -> Integer.compare(layerSizes[a], layerSizes[b])); // stable
        long tokens = 0;
        for (int layer : bySize) {
            tokens += layerSizes[layer];
            listed[layer] = tokens <= MAX_LISTED;
        }
        return listed;
    }

    /**
     * The items of each bin.
     *
     * @param counts items per token, in any order; not changed
     */
    public static long[] of(long[] counts) {
        long[] ascending = counts.clone();
        Arrays.sort(ascending);
        long[] bins = new long[BINS];
        for (int bin = 0; bin < BINS; bin++) {
            int end = firstRank(bin + 1, counts.length);
            for (int rank = firstRank(bin, counts.length); rank < end; rank++) {
                bins[bin] += ascending[counts.length - 1 - rank];
            }
        }
        return bins;
    }

    /**
     * The first rank of a bin, 0-based; its last one is before the first of the next bin.
     *
     * @param bin from 0 to {@value #BINS}, which is behind the last one
     * @param tokens of the layer
     */
    public static int firstRank(int bin, int tokens) {
        return (int) ((long) bin * tokens / BINS);
    }
}
