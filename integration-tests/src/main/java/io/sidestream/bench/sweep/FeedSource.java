package io.sidestream.bench.sweep;

import io.sidestream.operators.IncomingRecord;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** A source that asks for records in this process, and never ends. It is not to be restored. */
final class FeedSource implements Source<IncomingRecord, FeedSource.NoSplit, Integer> {

    private static final long serialVersionUID = 1L;

    private final Feed feed;

    FeedSource(Feed feed) {
        this.feed = feed;
    }

    /** Where the records come from. */
    interface Feed extends Serializable {

        /** A subtask's records one after the other; null as long as there is none. */
        Supplier<IncomingRecord> open(int subtask, int parallelism);
    }

    /** There is none: every subtask has its feed. */
    static final class NoSplit implements SourceSplit {

        @Override
        public String splitId() {
            throw new UnsupportedOperationException("there are no splits");
        }
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SourceReader<IncomingRecord, NoSplit> createReader(SourceReaderContext context) {
        return new Reader(feed.open(context.getIndexOfSubtask(), context.currentParallelism()));
    }

    @Override
    public SplitEnumerator<NoSplit, Integer> createEnumerator(
            SplitEnumeratorContext<NoSplit> context) {
        return new Nothing();
    }

    @Override
    public SplitEnumerator<NoSplit, Integer> restoreEnumerator(
            SplitEnumeratorContext<NoSplit> context, Integer state) {
        throw new UnsupportedOperationException("a benchmark does not go on after a failure");
    }

    @Override
    public SimpleVersionedSerializer<NoSplit> getSplitSerializer() {
        return new Empty<>();
    }

    @Override
    public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
        return new Empty<>();
    }

    private static final class Reader implements SourceReader<IncomingRecord, NoSplit> {

        private static final Executor SOON =
                CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS);

        private final Supplier<IncomingRecord> records;
        private boolean idle;

        Reader(Supplier<IncomingRecord> records) {
            this.records = records;
        }

        @Override
        public InputStatus pollNext(ReaderOutput<IncomingRecord> output) {
            IncomingRecord next = records.get();
            idle = next == null;
            if (idle) {
                return InputStatus.NOTHING_AVAILABLE;
            }
            output.collect(next);
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return idle
                    ? CompletableFuture.runAsync(() -> {}, SOON)
                    : CompletableFuture.completedFuture(null);
        }

        @Override
        public void start() {}

        @Override
        public List<NoSplit> snapshotState(long checkpointId) {
            return List.of();
        }

        @Override
        public void addSplits(List<NoSplit> splits) {}

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    private static final class Nothing implements SplitEnumerator<NoSplit, Integer> {

        @Override
        public void start() {}

        @Override
        public void handleSplitRequest(int subtask, String host) {}

        @Override
        public void addSplitsBack(List<NoSplit> splits, int subtask) {}

        @Override
        public void addReader(int subtask) {}

        @Override
        public Integer snapshotState(long checkpointId) {
            return 0;
        }

        @Override
        public void close() {}
    }

    private static final class Empty<T> implements SimpleVersionedSerializer<T> {

        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(T value) {
            return new byte[0];
        }

        @Override
        public T deserialize(int version, byte[] serialized) {
            throw new UnsupportedOperationException("nothing that is written is read again");
        }
    }
}
