package io.sidestream.local.kafka;

import io.sidestream.embedding.ItemHash;
import java.util.TreeSet;

/**
 * Counts distinct items, of which some are deleted again, without holding them all: from how
 * densely their hashes lie at the low end (bottom-k; Bar-Yossef et al. 2002). Off by 1.6% in the
 * mean, and by nothing as long as there are few. The count does not depend on the order of items.
 */
final class LiveCount {

    private static final int COUNTED_BY = 4096;

    /** So many may be deleted, of those that have been seen, before precision suffers. */
    private static final int HELD = 4 * COUNTED_BY;

    private static final double ALL_HASHES = 0x1p64;

    private final TreeSet<Long> lowest = new TreeSet<>();
    private long bound = Long.MAX_VALUE;
    private boolean exact = true;

    void add(String itemId) {
        long hash = ItemHash.of(itemId, 0);
        if (hash >= bound || !lowest.add(hash) || lowest.size() <= HELD) {
            return;
        }
        bound = lowest.pollLast();
        exact = false;
    }

    void remove(String itemId) {
        lowest.remove(ItemHash.of(itemId, 0));
    }

    boolean isExact() {
        return exact;
    }

    long estimate() {
        if (exact) {
            return lowest.size();
        }
        int counted = Math.min(COUNTED_BY, lowest.size());
        long last =
                lowest.stream()
                        .mapToLong(Long::longValue)
                        .skip(Math.max(0, counted - 1))
                        .findFirst()
                        .orElse(bound);
        double share = ((double) last - Long.MIN_VALUE) / ALL_HASHES;
        return Math.round((counted - 1) / share);
    }
}
