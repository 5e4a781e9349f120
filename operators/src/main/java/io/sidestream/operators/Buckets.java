package io.sidestream.operators;

import io.sidestream.sid.SidPath;
import java.io.Serializable;
import org.apache.flink.api.common.state.OperatorStateStore;

/**
 * Spreads items and paths over a fixed, generous number of buckets. A bucket is the key of keyed
 * state and holds its items in a map: fewer keys make state faster than one key an item, and every
 * bucket is a slice of the catalog that can be rewritten without stopping the rest.
 *
 * <p>The number is part of the state: it can never change for a job that is restored.
 *
 * @param count how many buckets there are
 */
public record Buckets(int count) implements Serializable {

    public int ofItem(String itemId) {
        return bucket(itemId.hashCode());
    }

    public int ofPath(SidPath path) {
        return bucket(path.hashCode());
    }

    /**
     * Records the number in operator state, once and for all.
     *
     * @throws IllegalStateException if the restored state was written with another number
     */
    public void requireUnchanged(OperatorStateStore store) throws Exception {
        FixedOption.requireUnchanged(store, "sidestream.index.buckets", Integer.toString(count));
    }

    /** The finalizer of MurmurHash3, so that neighbouring hashes part. */
    private int bucket(int hash) {
        int mixed = hash;
        mixed = (mixed ^ (mixed >>> 16)) * 0x85EBCA6B;
        mixed = (mixed ^ (mixed >>> 13)) * 0xC2B2AE35;
        return Integer.remainderUnsigned(mixed ^ (mixed >>> 16), count);
    }
}
