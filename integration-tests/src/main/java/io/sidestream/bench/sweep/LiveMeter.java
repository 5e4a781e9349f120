package io.sidestream.bench.sweep;

import io.sidestream.operators.publish.Publication;
import io.sidestream.schema.UpdateReason;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Takes updates, and measures those that new embeddings have caused. One run at a time, in this
 * process.
 */
final class LiveMeter implements Sink<Publication> {

    private static final long serialVersionUID = 1L;
    private static final LongAdder UPDATES = new LongAdder();

    private static volatile Window window = new Window();

    /** All updates so far. */
    static long updates() {
        return UPDATES.sum();
    }

    /** Begins to measure anew. */
    static Window begin() {
        window = new Window();
        return window;
    }

    /** What has been measured since some time. */
    static final class Window {

        private final long begin = System.nanoTime();
        private final List<Subtask> subtasks = new CopyOnWriteArrayList<>();

        /**
         * What live updates were like until now.
         *
         * @param perSecond how many came
         * @param gapMillis the longest time without one in any subtask
         * @param latencyMillis the longest time from an embedding to its update
         */
        record Live(double perSecond, double gapMillis, long latencyMillis) {}

        Live live() {
            long now = System.nanoTime();
            long count = 0;
            long gap = subtasks.isEmpty() ? now - begin : 0;
            long latency = 0;
            for (Subtask subtask : subtasks) {
                count += subtask.count;
                gap = Math.max(gap, Math.max(subtask.gap, now - subtask.last));
                latency = Math.max(latency, subtask.latency);
            }
            return new Live(count * 1e9 / (now - begin), gap / 1e6, latency);
        }

        private Subtask add() {
            Subtask subtask = new Subtask(begin);
            subtasks.add(subtask);
            return subtask;
        }
    }

    /** Written by its subtask only. */
    private static final class Subtask {
        private volatile long count;
        private volatile long gap;
        private volatile long latency;
        private volatile long last;

        Subtask(long begin) {
            last = begin;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate")
        void note(long eventTime) {
            long now = System.nanoTime();
            gap = Math.max(gap, now - last);
            last = now;
            latency = Math.max(latency, System.currentTimeMillis() - eventTime);
            count++;
        }
    }

    @Override
    public SinkWriter<Publication> createWriter(WriterInitContext context) {
        return new SinkWriter<>() {

            private Window current;
            private Subtask subtask;

            @Override
            public void write(Publication publication, Context ignored) {
                UPDATES.increment();
                if (publication.update().getReason() != UpdateReason.REMAP) {
                    if (current != window) {
                        current = window;
                        subtask = current.add();
                    }
                    subtask.note(publication.update().getEventTime().toEpochMilli());
                }
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public void close() {}
        };
    }
}
