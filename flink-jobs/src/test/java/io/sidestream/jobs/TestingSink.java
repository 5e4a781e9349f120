package io.sidestream.jobs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * What the jobs of this process have written, in the order of each writer. It is there from the
 * next checkpoint on or at the end of input; what is written after the last one never was.
 *
 * @param <T> what they write
 */
final class TestingSink<T> {

    /** Jobs carry a sink's id only, and find the sink here. */
    private static final Map<String, TestingSink<?>> SINKS = new ConcurrentHashMap<>();

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final String id = UUID.randomUUID().toString();
    private final List<T> records = new ArrayList<>();
    private final Consumer<T> reader;

    TestingSink() {
        this(record -> {});
    }

    /**
     * @param reader is given every record as well
     */
    TestingSink(Consumer<T> reader) {
        this.reader = reader;
        SINKS.put(id, this);
    }

    Sink<T> sink() {
        return new CollectingSink<>(id);
    }

    synchronized List<T> records() {
        return List.copyOf(records);
    }

    /** Waits for a record. */
    synchronized T await(String what, Predicate<T> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<T> found = records.stream().filter(wanted).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new AssertionError("%s did not come; what came: %s".formatted(what, records));
            }
            wait(left);
        }
    }

    private synchronized void add(T record) {
        records.add(record);
        reader.accept(record);
        notifyAll();
    }

    private record CollectingSink<T>(String id) implements Sink<T> {

        @Override
        @SuppressWarnings("unchecked") // the id is that of a sink of this type
        public SinkWriter<T> createWriter(WriterInitContext context) {
            TestingSink<T> sink = (TestingSink<T>) SINKS.get(id);
            return new SinkWriter<>() {

                private final List<T> written = new ArrayList<>();

                @Override
                public void write(T element, Context context) {
                    written.add(element);
                }

                @Override
                public void flush(boolean endOfInput) {
                    written.forEach(sink::add);
                    written.clear();
                }

                @Override
                public void close() {}
            };
        }
    }
}
