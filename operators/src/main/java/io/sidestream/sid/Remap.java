package io.sidestream.sid;

import java.util.BitSet;

/**
 * What a remap plan does to SIDs: items whose code in one layer is a head token drop that token
 * from their path. Immutable.
 */
public final class Remap {

    /** Drops nothing: there is no plan. */
    public static final Remap NONE = new Remap(1, new int[0]);

    private final int layer;
    private final BitSet head = new BitSet();

    /**
     * @param layer the remapped layer, 1-based
     * @param headTokens tokens to drop; copied
     * @throws IllegalArgumentException if the layer is not at least 1 or a token is negative
     */
    public Remap(int layer, int[] headTokens) {
        if (layer < 1) {
            throw new IllegalArgumentException("Layers are numbered from 1: " + layer);
        }
        this.layer = layer;
        for (int token : headTokens) {
            if (token < 0) {
                throw new IllegalArgumentException(
                        "Head token %d of layer %d is negative".formatted(token, layer));
            }
            head.set(token);
        }
    }

    /** The remapped layer, 1-based. */
    public int layer() {
        return layer;
    }

    /** The tokens to drop, ascending. */
    public int[] headTokens() {
        return head.stream().toArray();
    }

    /**
     * Whether an item drops its token.
     *
     * @param codes one a layer; without the remapped one, nothing is dropped
     */
    public boolean drops(int[] codes) {
        return layer <= codes.length && head.get(codes[layer - 1]);
    }

    /**
     * The path to publish for an item.
     *
     * @param version the codebook version
     * @param codes one a layer; the path may share the array
     */
    public SidPath path(String version, int[] codes) {
        if (!drops(codes)) {
            return new SidPath(version, codes);
        }
        int[] tokens = codes.clone();
        tokens[layer - 1] = SidPath.DROPPED;
        return new SidPath(version, tokens);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Remap that && layer == that.layer && head.equals(that.head);
    }

    @Override
    public int hashCode() {
        return 31 * layer + head.hashCode();
    }

    @Override
    public String toString() {
        return "Remap[layer=%d, headTokens=%s]".formatted(layer, head);
    }
}
