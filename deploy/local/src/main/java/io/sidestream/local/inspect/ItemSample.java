package io.sidestream.local.inspect;

import io.sidestream.embedding.ItemHash;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.SidUpdate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A uniform sample of all items that are live or have a SID: those whose ids have the lowest
 * hashes. An item so is in it, or not, on both sides.
 */
final class ItemSample {

    /** Items to be kept until it is clear which of them have the lowest hashes. */
    private static final int ROOM = 4;

    private final int size;
    private final long seed;
    private final Map<String, SampledItem> items = new HashMap<>();
    private long limit = Long.MAX_VALUE;
    private boolean closed;

    /**
     * @param size items to sample, at most
     * @param seed of the choice
     */
    ItemSample(int size, long seed) {
        this.size = size;
        this.seed = seed;
    }

    /** Takes what is published next of an item; null takes its SID away. */
    void publish(String itemId, SidUpdate updateOrNull) {
        SampledItem item = itemOrNull(itemId);
        if (item != null) {
            item.publish(updateOrNull);
            tidy(itemId, item);
        }
    }

    /** Takes the next embedding or deletion of an item. */
    void arrive(DecodedItem arrival) {
        SampledItem item = itemOrNull(arrival.itemId());
        if (item != null) {
            item.arrive(arrival, closed);
            tidy(arrival.itemId(), item);
        }
    }

    private SampledItem itemOrNull(String itemId) {
        SampledItem known = items.get(itemId);
        if (known != null || closed) {
            return known;
        }
        long hash = ItemHash.of(itemId, seed);
        if (hash > limit) {
            return null;
        }
        SampledItem item = new SampledItem(itemId, hash);
        items.put(itemId, item);
        return item;
    }

    private void tidy(String itemId, SampledItem item) {
        if (closed) {
            return;
        }
        if (item.isForgettable()) {
            items.remove(itemId);
        } else if (items.size() > (long) ROOM * size) {
            keepLowest(ROOM / 2 * size);
        }
    }

    /** Settles which items are in the sample; from now on only these are followed. */
    Collection<SampledItem> close() {
        items.values().removeIf(item -> !item.exists());
        if (items.size() > size) {
            keepLowest(size);
        }
        closed = true;
        return List.copyOf(items.values());
    }

    private void keepLowest(int most) {
        long last =
                items.values().stream()
                        .mapToLong(SampledItem::hash)
                        .sorted()
                        .skip(most - 1L)
                        .findFirst()
                        .orElse(limit);
        limit = last;
        items.values().removeIf(item -> item.hash() > last);
    }
}
