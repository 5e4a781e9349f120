package io.sidestream.bench.sweep;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Items: first every item of the catalog once, then new embeddings of items that are known, each
 * with the time at which it was made. One run at a time, in this process.
 */
final class Traffic implements FeedSource.Feed {

    private static final long serialVersionUID = 1L;

    /** As many as the job takes. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private static volatile long rate;

    private final int items;
    private final int dimension;

    Traffic(int items, int dimension) {
        this.items = items;
        this.dimension = dimension;
    }

    /**
     * Sets how many embeddings a second are sent once the catalog is there.
     *
     * @param perSecond 0: none; or {@link #UNLIMITED}
     */
    static void setRate(long perSecond) {
        rate = perSecond;
    }

    @Override
    public Supplier<IncomingRecord> open(int subtask, int parallelism) {
        return new Subtask(subtask, parallelism);
    }

    private final class Subtask implements Supplier<IncomingRecord> {

        private final EmbeddingFormat format = new EmbeddingFormat();
        private final SplittableRandom random;
        private final int subtask;
        private final int parallelism;
        private int next;
        private long offset;
        private long due;

        Subtask(int subtask, int parallelism) {
            this.random = new SplittableRandom(subtask);
            this.subtask = subtask;
            this.parallelism = parallelism;
            this.next = subtask;
        }

        @Override
        public IncomingRecord get() {
            if (next < items) {
                int number = next;
                next += parallelism;
                return embedding(number);
            }
            if (!isDue()) {
                return null;
            }
            // An item's embeddings all come by one subtask, as they do from one partition.
            int own = (items - subtask + parallelism - 1) / parallelism;
            return embedding(subtask + parallelism * random.nextInt(own));
        }

        private boolean isDue() {
            long perSecond = rate;
            if (perSecond == 0 || perSecond == UNLIMITED) {
                return perSecond == UNLIMITED;
            }
            long now = System.nanoTime();
            long pace = 1_000_000_000L * parallelism / perSecond;
            if (now < due) {
                return false;
            }
            due = Math.max(due + pace, now - 1_000_000_000L / 10);
            return true;
        }

        private IncomingRecord embedding(int number) {
            String id = "item-%09d".formatted(number);
            float[] embedding = new float[dimension];
            for (int t = 0; t < dimension; t++) {
                embedding[t] = (float) random.nextDouble(-1, 1);
            }
            long now = System.currentTimeMillis();
            return new IncomingRecord(
                    "items",
                    subtask,
                    offset++,
                    now,
                    id.getBytes(UTF_8),
                    format.encode(new EmbeddingMessage(id, embedding, null, now)));
        }
    }
}
