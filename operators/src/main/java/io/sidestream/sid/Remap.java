package io.sidestream.sid;

import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPolicyKind;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * What a remap plan does to SIDs: items whose code in one layer is a head token drop that token
 * from their path. Immutable.
 */
public final class Remap {

    /** Drops nothing: there is no plan. */
    public static final Remap NONE = new Remap(1, new BitSet(), false);

    private final int layer;
    private final BitSet head;
    private final boolean wholeLayer;

    private Remap(int layer, BitSet head, boolean wholeLayer) {
        if (layer < 1) {
            throw new IllegalArgumentException("Layers are numbered from 1: " + layer);
        }
        this.layer = layer;
        this.head = head;
        this.wholeLayer = wholeLayer;
    }

    /**
     * Drops some tokens of a layer.
     *
     * @param layer the remapped layer, 1-based
     * @param headTokens tokens to drop; copied
     * @throws IllegalArgumentException if the layer is not at least 1 or a token is negative
     */
    public Remap(int layer, int[] headTokens) {
        this(layer, bits(layer, headTokens), false);
    }

    /**
     * Drops all tokens of a layer, however many it has.
     *
     * @param layer 1-based
     */
    public static Remap wholeLayer(int layer) {
        return new Remap(layer, new BitSet(), true);
    }

    /**
     * What a plan does.
     *
     * @param plan null: there is none
     */
    public static Remap of(RemapPlan plan) {
        if (plan == null) {
            return NONE;
        }
        return plan.getPolicy() == RemapPolicyKind.DROP_LAYER
                ? wholeLayer(plan.getLayer())
                : new Remap(
                        plan.getLayer(), BitSet.valueOf(plan.getHeadTokens().duplicate()), false);
    }

    private static BitSet bits(int layer, int[] tokens) {
        BitSet bits = new BitSet();
        for (int token : tokens) {
            if (token < 0) {
                throw new IllegalArgumentException(
                        "Head token %d of layer %d is negative".formatted(token, layer));
            }
            bits.set(token);
        }
        return bits;
    }

    /** The remapped layer, 1-based. */
    public int layer() {
        return layer;
    }

    /** Whether SIDs have their full length. */
    public boolean isEmpty() {
        return !wholeLayer && head.isEmpty();
    }

    /** Whether all tokens of the layer are dropped, without being named. */
    public boolean isWholeLayer() {
        return wholeLayer;
    }

    /** The tokens that are named, ascending; none if the whole layer is dropped. */
    public int[] headTokens() {
        return head.stream().toArray();
    }

    /** The tokens to drop of a layer that has so many; a copy. */
    public BitSet head(int tokens) {
        BitSet dropped = new BitSet();
        if (wholeLayer) {
            dropped.set(0, tokens);
        } else {
            dropped.or(head);
            dropped.clear(tokens, Math.max(tokens, dropped.length()));
        }
        return dropped;
    }

    /** The tokens that are named, as {@link RemapPlan#getHeadTokens} lays them out. */
    public ByteBuffer bitmap() {
        return ByteBuffer.wrap(head.toByteArray());
    }

    /**
     * Whether an item drops its token.
     *
     * @param codes one a layer; without the remapped one, nothing is dropped
     */
    public boolean drops(int[] codes) {
        return layer <= codes.length && (wholeLayer || head.get(codes[layer - 1]));
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
        return other instanceof Remap that
                && layer == that.layer
                && wholeLayer == that.wholeLayer
                && head.equals(that.head);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * layer + head.hashCode()) + Boolean.hashCode(wholeLayer);
    }

    @Override
    public String toString() {
        return wholeLayer
                ? "Remap[layer=%d, all tokens]".formatted(layer)
                : "Remap[layer=%d, headTokens=%s]".formatted(layer, head);
    }
}
