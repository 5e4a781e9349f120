package io.sidestream.local.commands.remap;

import io.sidestream.hourglass.PathSkew;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.local.kafka.PublishedItems;
import io.sidestream.sid.Remap;
import io.sidestream.sid.RemapPolicy;
import io.sidestream.sid.SidPath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/**
 * What a remap plan would do, if it were made of the items that are published now.
 *
 * @param version the codebook version
 * @param layer the remapped layer, 1-based
 * @param policy what makes tokens head tokens
 * @param headTokens tokens that would be dropped, ascending
 * @param items items with a SID
 * @param headItems items on head tokens
 * @param itemsToMove items that would be published under another path than they are now
 * @param before SIDs as they are published now
 * @param after SIDs as they would be
 */
record DryRun(
        String version,
        int layer,
        RemapPolicy policy,
        List<Integer> headTokens,
        long items,
        long headItems,
        long itemsToMove,
        Sids before,
        Sids after) {

    /**
     * Counts and decides as the indexing job does.
     *
     * @param layer 1-based, one of the codebook's
     */
    static DryRun of(String version, int layer, RemapPolicy policy, PublishedItems items) {
        long[] counts = new long[items.layerSizes().get(layer - 1)];
        items.forEach((codes, path) -> counts[codes[layer - 1]]++);
        Remap remap = policy.remap(layer, counts);

        Tally before = new Tally(items.layerSizes());
        Tally after = new Tally(items.layerSizes());
        LongAdder moved = new LongAdder();
        items.forEach(
                (codes, path) -> {
                    SidPath remapped = remap.path(version, codes);
                    SidPath published = new SidPath(version, path);
                    before.add(published);
                    after.add(remapped);
                    if (!remapped.equals(published)) {
                        moved.increment();
                    }
                });
        List<Integer> headTokens = remap.head(counts.length).stream().boxed().toList();
        return new DryRun(
                version,
                layer,
                policy,
                headTokens,
                items.size(),
                headTokens.stream().mapToLong(token -> counts[token]).sum(),
                moved.sum(),
                before.sids(),
                after.sids());
    }

    /**
     * The SIDs of a catalog.
     *
     * @param paths how many there are and how they are shared
     * @param largestPath items on the path that has most
     * @param byLength items by the number of tokens in their path, from 0
     * @param layers skew of each layer's tokens, first layer first; a dropped token does not count
     */
    record Sids(PathSkew paths, long largestPath, List<Long> byLength, List<TokenSkew> layers) {}

    /** Counts paths and their tokens. */
    private static final class Tally {

        private final List<long[]> counts;
        private final long[] byLength;
        private final Map<SidPath, Integer> paths = new HashMap<>();
        private long items;

        Tally(List<Integer> layerSizes) {
            counts = layerSizes.stream().map(size -> new long[size]).toList();
            byLength = new long[layerSizes.size() + 1];
        }

        void add(SidPath path) {
            int length = 0;
            for (int i = 0; i < path.tokens().length; i++) {
                int token = path.tokens()[i];
                if (token != SidPath.DROPPED) {
                    counts.get(i)[token]++;
                    length++;
                }
            }
            byLength[length]++;
            paths.merge(path, 1, Integer::sum);
            items++;
        }

        Sids sids() {
            int[] layerSizes = counts.stream().mapToInt(layer -> layer.length).toArray();
            long singletons = paths.values().stream().filter(sharers -> sharers == 1).count();
            return new Sids(
                    PathSkew.of(items, paths.size(), singletons, layerSizes),
                    paths.values().stream().mapToInt(Integer::intValue).max().orElse(0),
                    LongStream.of(byLength).boxed().toList(),
                    counts.stream().map(TokenSkew::of).toList());
        }
    }
}
