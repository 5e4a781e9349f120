package io.sidestream.operators;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

/** A source of one reader, which a test looks after. */
public final class TestingSource implements Source<String, TestingSource.Split, Void> {

    private static final long serialVersionUID = 1L;

    private final transient Reader reader = new Reader();

    public Reader reader() {
        return reader;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<String, Split> createReader(SourceReaderContext context) {
        return reader;
    }

    @Override
    public SplitEnumerator<Split, Void> createEnumerator(SplitEnumeratorContext<Split> context) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SplitEnumerator<Split, Void> restoreEnumerator(
            SplitEnumeratorContext<Split> context, Void checkpoint) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SimpleVersionedSerializer<Split> getSplitSerializer() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SimpleVersionedSerializer<Void> getEnumeratorCheckpointSerializer() {
        throw new UnsupportedOperationException();
    }

    /** What a reader reads from. */
    public record Split(String splitId) implements SourceSplit {}

    /** Holds what a reader emits. */
    public static final class Output implements ReaderOutput<String> {

        private final List<String> records = new ArrayList<>();

        public List<String> records() {
            return records;
        }

        @Override
        public void collect(String record) {
            records.add(record);
        }

        @Override
        public void collect(String record, long timestamp) {
            records.add(record);
        }

        @Override
        public void emitWatermark(Watermark watermark) {}

        @Override
        public void markIdle() {}

        @Override
        public void markActive() {}

        @Override
        public SourceOutput<String> createOutputForSplit(String splitId) {
            return this;
        }

        @Override
        public void releaseOutputForSplit(String splitId) {}
    }

    /** Where a reader runs. */
    public record Context(int subtask, int currentParallelism) implements SourceReaderContext {

        @Override
        public SourceReaderMetricGroup metricGroup() {
            return UnregisteredMetricsGroup.createSourceReaderMetricGroup();
        }

        @Override
        public Configuration getConfiguration() {
            return new Configuration();
        }

        @Override
        public String getLocalHostName() {
            return "localhost";
        }

        @Override
        public int getIndexOfSubtask() {
            return subtask;
        }

        @Override
        public void sendSplitRequest() {}

        @Override
        public void sendSourceEventToCoordinator(SourceEvent event) {}

        @Override
        public UserCodeClassLoader getUserCodeClassLoader() {
            return SimpleUserCodeClassLoader.create(getClass().getClassLoader());
        }
    }

    /** Emits what is unread, one record a poll, and remembers how it was called. */
    public static final class Reader implements SourceReader<String, Split> {

        private final Deque<String> unread = new ArrayDeque<>();
        private final List<String> calls = new ArrayList<>();
        private final CompletableFuture<Void> available = new CompletableFuture<>();
        private List<Split> splits = List.of();

        public Deque<String> unread() {
            return unread;
        }

        public List<String> calls() {
            return calls;
        }

        public void becomeAvailable() {
            available.complete(null);
        }

        @Override
        public void start() {
            calls.add("start");
        }

        @Override
        public InputStatus pollNext(ReaderOutput<String> output) {
            if (unread.isEmpty()) {
                return InputStatus.END_OF_INPUT;
            }
            output.collect(unread.remove());
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<Split> snapshotState(long checkpointId) {
            calls.add("snapshotState " + checkpointId);
            return splits;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return available;
        }

        @Override
        public void addSplits(List<Split> added) {
            calls.add("addSplits " + added);
            splits = added;
        }

        @Override
        public void notifyNoMoreSplits() {
            calls.add("notifyNoMoreSplits");
        }

        @Override
        public void handleSourceEvents(SourceEvent event) {
            calls.add("handleSourceEvents " + event);
        }

        @Override
        public void pauseOrResumeSplits(
                Collection<String> splitsToPause, Collection<String> splitsToResume) {
            calls.add("pauseOrResumeSplits " + splitsToPause + " " + splitsToResume);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            calls.add("notifyCheckpointComplete " + checkpointId);
        }

        @Override
        public void notifyCheckpointAborted(long checkpointId) {
            calls.add("notifyCheckpointAborted " + checkpointId);
        }

        @Override
        public void close() {
            calls.add("close");
        }
    }
}
