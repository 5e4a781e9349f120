package io.sidestream.bench.pipeline;

import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Counts what it gets, and keeps nothing; one run at a time, in this process.
 *
 * @param <T> anything
 */
final class CountingSink<T> implements Sink<T> {

    private static final long serialVersionUID = 1L;
    private static final LongAdder COUNT = new LongAdder();

    CountingSink() {
        COUNT.reset();
    }

    /** What has come so far. */
    static long count() {
        return COUNT.sum();
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        return new SinkWriter<>() {
            @Override
            public void write(T element, Context ignored) {
                COUNT.increment();
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public void close() {}
        };
    }
}
