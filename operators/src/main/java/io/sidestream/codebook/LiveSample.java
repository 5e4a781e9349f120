package io.sidestream.codebook;

import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.embedding.ItemHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A uniform sample of the items that are live at the end of a stream of embeddings and deletions:
 * those whose hashes, of the id and a seed, are the lowest. So the sample depends on the items
 * alone and not on the order in which partitions are read, as long as each item's own records are
 * in order.
 *
 * <p>Only items below a bound are held. It falls when they become too many, which loses nothing
 * that a sample of that size could need, unless too many of those below it are deleted later: then
 * the sample {@link #isShort()}, and the stream is to be read again with more capacity.
 *
 * <p>Revisions count as in the index: among those that the producer has given, a lower one than the
 * last is ignored, and so is one that a deletion has covered.
 */
public final class LiveSample {
    /** The longest array that every JVM can allocate. */
    private static final int MAX_VALUES = Integer.MAX_VALUE - 8;

    private final int rows;
    private final int dimension;
    private final int capacity;
    private final long seed;

    private final TreeMap<Key, Item> items = new TreeMap<>();
    private int live;

    /** Items from here on are not held any more; null: all are. */
    private Key bound;

    /** Items in the order of their hashes; that of equal ones is of no matter, but must be one. */
    private record Key(long hash, String id) implements Comparable<Key> {

        @Override
        public int compareTo(Key other) {
            int order = Long.compare(hash, other.hash);
            return order != 0 ? order : id.compareTo(other.id);
        }
    }

    /**
     * What is known of an item.
     *
     * @param revision that the producer has given to its last embedding; null: none
     * @param embedding null: the item is deleted
     */
    private record Item(Long revision, float[] embedding) {}

    /**
     * An empty sample.
     *
     * @param rows how many items are wanted
     * @param dimension of the embeddings
     * @param capacity how many embeddings may be held at a time, at least {@code rows}: the more,
     *     the more deletions there may be. Of deleted items no more than id and revision are held,
     *     and only where there is a revision
     * @param seed another seed gives another sample
     * @throws IllegalArgumentException if a number is too low, or the sample too large for an array
     */
    public LiveSample(int rows, int dimension, int capacity, long seed) {
        if (rows < 1 || dimension < 1) {
            throw new IllegalArgumentException(
                    "a sample has at least 1 row of dimension 1, not %d of dimension %d"
                            .formatted(rows, dimension));
        }
        if (capacity < rows) {
            throw new IllegalArgumentException(
                    "a sample of %d rows needs a capacity of as many at least, not %d"
                            .formatted(rows, capacity));
        }
        if ((long) rows * dimension > MAX_VALUES) {
            throw new IllegalArgumentException(
                    "%d embeddings of dimension %d do not fit into one array in memory: draw a"
                                    .formatted(rows, dimension)
                            + " smaller sample");
        }
        this.rows = rows;
        this.dimension = dimension;
        this.capacity = capacity;
        this.seed = seed;
    }

    /**
     * Takes an embedding in. One that the index refuses changes nothing there, and is to be left
     * out here, too.
     *
     * @param revision that the producer has given; null: none
     * @param embedding kept as it is, and not to be changed any more
     * @throws IllegalArgumentException if the embedding is of another dimension
     */
    public void put(String id, Long revision, float[] embedding) {
        if (embedding.length != dimension) {
            throw new IllegalArgumentException(
                    "the embedding of item \"%s\" has %d components, the sample is of dimension %d"
                            .formatted(id, embedding.length, dimension));
        }
        Key key = key(id);
        if (isBeyond(key)) {
            return;
        }
        Item known = items.get(key);
        if (known != null && isNewer(known, revision)) {
            return;
        }
        items.put(key, new Item(revision, embedding));
        if (known == null || known.embedding == null) {
            live++;
        }
        while (live > capacity) {
            bound = items.lastKey();
            if (items.remove(bound).embedding != null) {
                live--;
            }
        }
    }

    /** Takes a deletion in. */
    public void delete(String id) {
        Key key = key(id);
        Item known = items.get(key);
        if (known == null || known.embedding == null) {
            return;
        }
        live--;
        if (known.revision == null) {
            items.remove(key);
        } else {
            items.put(key, new Item(known.revision, null));
        }
    }

    private static boolean isNewer(Item known, Long revision) {
        return known.revision != null
                && revision != null
                && (revision < known.revision
                        || (known.embedding == null && revision.equals(known.revision)));
    }

    private boolean isBeyond(Key key) {
        return bound != null && key.compareTo(bound) >= 0;
    }

    /**
     * Whether there may be live items that should be in the sample, but were let go before others
     * were deleted.
     */
    public boolean isShort() {
        return bound != null && live < rows;
    }

    /**
     * The sample: as many rows as are wanted, or all live items if they are fewer, in the order of
     * their hashes.
     *
     * @throws IllegalStateException if it {@link #isShort()}
     */
    public EmbeddingMatrix sample() {
        if (isShort()) {
            throw new IllegalStateException(
                    "only %d items are left of a sample of %d: so many were deleted that the stream"
                                    .formatted(live, rows)
                            + " has to be read again, with a capacity of more than "
                            + capacity);
        }
        int count = Math.min(rows, live);
        List<String> ids = new ArrayList<>(count);
        float[] values = new float[count * dimension];
        for (Map.Entry<Key, Item> entry : items.entrySet()) {
            float[] embedding = entry.getValue().embedding;
            if (embedding != null && ids.size() < count) {
                System.arraycopy(embedding, 0, values, ids.size() * dimension, dimension);
                ids.add(entry.getKey().id);
            }
        }
        return new EmbeddingMatrix(ids, dimension, values);
    }

    private Key key(String id) {
        return new Key(ItemHash.of(id, seed), id);
    }
}
