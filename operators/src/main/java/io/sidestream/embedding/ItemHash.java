package io.sidestream.embedding;

/** Spreads item ids evenly over all numbers, the same way everywhere. */
public final class ItemHash {

    private ItemHash() {}

    /**
     * The hash of an item id.
     *
     * @param seed another one spreads them another way
     */
    public static long of(String itemId, long seed) {
        long hash = mixed(seed + itemId.length());
        for (int i = 0; i < itemId.length(); i++) {
            hash = (hash ^ itemId.charAt(i)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        return mixed(hash);
    }

    /** The last steps of SplitMix64 (Steele et al. 2014): every bit has its say in every other. */
    private static long mixed(long number) {
        long mixed = (number ^ (number >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
