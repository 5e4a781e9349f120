package io.sidestream.local.inspect;

import java.util.List;

/**
 * An item that is not published as the catalog and the codebook say.
 *
 * @param kind what is wrong
 * @param published the codes that are published; empty for {@link Kind#MISSING}
 * @param expected the codes that its last embedding has; empty for {@link Kind#SURPLUS}
 * @param partition of item-embeddings, where the item's last embedding or its deletion is; -1 if it
 *     has none there
 * @param offset in that partition; -1 if there is none
 */
public record Finding(
        String itemId,
        Kind kind,
        List<Integer> published,
        List<Integer> expected,
        int partition,
        long offset) {

    /** What can be wrong with an item. */
    public enum Kind {
        /** It has other codes than its last embedding. */
        WRONG_CODES,
        /** It is live, but has no SID. */
        MISSING,
        /** It has a SID, but is not live. */
        SURPLUS
    }

    public Finding {
        published = List.copyOf(published);
        expected = List.copyOf(expected);
    }
}
