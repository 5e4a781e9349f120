package io.sidestream.local.kafka;

import io.sidestream.codebook.LiveSample;
import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.operators.decode.DecodedItem;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/**
 * A uniform sample of the items that are live in the input topic, with their last embeddings. The
 * same topic, size and seed give the same sample in the same order, however it is read.
 *
 * @param items the sample; all live items if they are fewer than were asked for
 * @param live how many items are live in all
 * @param estimated whether that is only true to about 2%: there are too many to count
 * @param undecodable records that hold no embedding, as the indexing job sees it
 * @param unfit embeddings that are of another dimension, or zero where that is of no use
 */
public record LiveItems(
        EmbeddingMatrix items, long live, boolean estimated, long undecodable, long unfit) {

    private static final int SPARE_ROWS = 1000;

    /**
     * What to draw.
     *
     * @param size items, at most
     * @param seed of the choice
     * @param dimension of the embeddings; 0: the commonest of those in the topic
     * @param normalizable whether zero embeddings are left out
     */
    public record Wanted(int size, long seed, int dimension, boolean normalizable) {

        /**
         * @throws UserError if a number is out of range
         */
        public Wanted {
            if (size < 1 || dimension < 0) {
                throw new UserError(
                        "a sample needs 1 item at least, of a positive dimension, not %d of %d"
                                .formatted(size, dimension));
            }
        }
    }

    /**
     * Reads what is committed in the topic, up to the end that it has now. That is done once, and
     * again only if embeddings of another dimension turn out to be commoner, or if so many items
     * are deleted that more must be held.
     *
     * @param console to show progress on
     * @throws UserError if the topic is missing or has no embedding that is wanted, or the sample
     *     would not fit into memory
     */
    public static LiveItems sample(Connection connection, Wanted wanted, Console console)
            throws InterruptedException {
        int dimension = wanted.dimension();
        long capacity = wanted.size() + wanted.size() / 2L + SPARE_ROWS;
        while (true) {
            Reading reading = new Reading(wanted, dimension, capacity);
            long undecodable;
            try (Progress progress = Progress.start(console, "sample", -1, "records")) {
                undecodable = EmbeddingTopic.read(connection, progress, reading::take);
            } catch (IllegalArgumentException e) {
                throw new UserError(e.getMessage(), e);
            }
            if (dimension == 0 && reading.dimension != reading.commonest()) {
                dimension = reading.commonest();
            } else if (reading.isShort()) {
                capacity *= 2;
            } else {
                return reading.result(undecodable, connection);
            }
        }
    }

    /** Embeddings that were passed over for one reason or the other. */
    public long leftOut() {
        return undecodable + unfit;
    }

    /** One time through the topic. */
    private static final class Reading {

        private final Wanted wanted;
        private final int capacity;
        private final LiveCount live = new LiveCount();
        private final Map<Integer, Long> dimensions = new TreeMap<>();
        private int dimension; // 0: that of the first embedding to come
        private LiveSample sample;
        private long unfit;

        Reading(Wanted wanted, int dimension, long capacity) {
            this.wanted = wanted;
            this.dimension = dimension;
            this.capacity = (int) Math.min(Integer.MAX_VALUE, capacity);
        }

        void take(DecodedItem item) {
            if (item.isDeletion()) {
                if (sample != null) {
                    sample.delete(item.itemId());
                    live.remove(item.itemId());
                }
                return;
            }
            float[] embedding = item.message().embedding();
            if (wanted.normalizable() && isZero(embedding)) {
                unfit++;
                return;
            }
            dimensions.merge(embedding.length, 1L, Long::sum);
            if (dimension == 0) {
                dimension = embedding.length;
            }
            if (embedding.length != dimension) {
                unfit++;
                return;
            }
            if (sample == null) {
                sample = new LiveSample(wanted.size(), dimension, capacity, wanted.seed());
            }
            sample.put(item.itemId(), item.explicitRevision(), embedding);
            live.add(item.itemId());
        }

        private static boolean isZero(float[] embedding) {
            for (float component : embedding) {
                if (component != 0) {
                    return false;
                }
            }
            return true;
        }

        boolean isShort() {
            return sample != null && sample.isShort();
        }

        /** The lowest of several equally common ones. */
        int commonest() {
            return dimensions.entrySet().stream()
                    .max(
                            Map.Entry.<Integer, Long>comparingByValue()
                                    .thenComparing(
                                            Map.Entry.comparingByKey(Comparator.reverseOrder())))
                    .map(Map.Entry::getKey)
                    .orElse(dimension);
        }

        LiveItems result(long undecodable, Connection connection) {
            EmbeddingMatrix items = sample == null ? null : sample.sample();
            if (items == null || items.rows() == 0) {
                throw new UserError(
                        ("no item with an embedding%s is live in topic %s at %s; write some with"
                                        + " `sidestream ingest`")
                                .formatted(
                                        dimension == 0 ? "" : " of dimension " + dimension,
                                        connection.topics().itemEmbeddings(),
                                        connection.bootstrap()));
            }
            boolean all = items.rows() < wanted.size();
            return new LiveItems(
                    items,
                    all ? items.rows() : live.estimate(),
                    !all && !live.isExact(),
                    undecodable,
                    unfit);
        }
    }
}
