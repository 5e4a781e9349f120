package io.sidestream.local.inspect;

import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.util.Arrays;
import java.util.List;

/** What the topics say of one item, as the indexing job understands them. */
final class SampledItem {

    private final String itemId;
    private final long hash;

    private List<Integer> published; // null: it has no SID
    private float[] embedding; // null: it is deleted, or has never been seen
    private Long revision; // as the producer numbers it; null: not at all
    private int partition = -1;
    private long offset = -1;
    private boolean moving;
    private int[] expected; // null: not computed yet

    SampledItem(String itemId, long hash) {
        this.itemId = itemId;
        this.hash = hash;
    }

    long hash() {
        return hash;
    }

    /** Takes what is published next; null takes the SID away. */
    void publish(SidUpdate update) {
        published =
                update == null || update.getReason() == UpdateReason.DELETED
                        ? null
                        : update.getCodes();
    }

    /**
     * Takes the item's next embedding or deletion.
     *
     * @param late whether it came when the codes of the one before were looked at already
     */
    void arrive(DecodedItem arrival, boolean late) {
        if (arrival.isDeletion() ? embedding == null && offset >= 0 : isNewerThan(arrival)) {
            return;
        }
        embedding = arrival.isDeletion() ? null : arrival.message().embedding();
        if (!arrival.isDeletion()) {
            revision = arrival.explicitRevision(); // a deletion is at that of the last embedding
        }
        partition = arrival.origin().partition();
        offset = arrival.origin().offset();
        moving = late;
        expected = null;
    }

    /** As the index has it: a lower revision is stale, and one that was deleted stays so. */
    private boolean isNewerThan(DecodedItem arrival) {
        Long next = arrival.explicitRevision();
        return revision != null
                && next != null
                && (next < revision || (embedding == null && next.equals(revision)));
    }

    /** Whether there is anything to check: it is live, or has a SID. */
    boolean exists() {
        return embedding != null || published != null;
    }

    /** Whether nothing is lost when the item is forgotten. */
    boolean isForgettable() {
        return !exists() && revision == null;
    }

    /** The last embedding; null if the item is not live. */
    float[] embedding() {
        return embedding;
    }

    /** Whether the last embedding or deletion is so young that the job may not have come to it. */
    boolean isMoving() {
        return moving;
    }

    boolean isUnquantized() {
        return embedding != null && expected == null;
    }

    /** Says which codes the last embedding has. */
    void expect(int[] codes) {
        expected = codes;
    }

    /** What is wrong with the item; null if nothing is. */
    Finding findingOrNull() {
        if (embedding == null) {
            return published == null ? null : finding(Finding.Kind.SURPLUS, published, List.of());
        }
        List<Integer> codes = Arrays.stream(expected).boxed().toList();
        if (published == null) {
            return finding(Finding.Kind.MISSING, List.of(), codes);
        }
        return published.equals(codes) ? null : finding(Finding.Kind.WRONG_CODES, published, codes);
    }

    private Finding finding(Finding.Kind kind, List<Integer> codes, List<Integer> right) {
        return new Finding(itemId, kind, codes, right, partition, offset);
    }
}
