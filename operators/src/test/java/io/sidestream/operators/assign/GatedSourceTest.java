package io.sidestream.operators.assign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GatedSourceTest {

    private final String job = UUID.randomUUID().toString();
    private final TestingReader inner = new TestingReader();
    private final TestingOutput output = new TestingOutput();

    private SourceReader<String, Split> reader;
    private CodebookGate gate;

    @BeforeEach
    void create() throws Exception {
        reader = new GatedSource<>(new TestingSource(), job).createReader(new TestingContext(0));
        gate = CodebookGate.of(job, 0);
    }

    @AfterEach
    void removeGate() {
        gate.remove();
    }

    @Test
    void leavesInputUnreadUntilTheGateOpens() throws Exception {
        inner.unread.add("a");

        assertThat(reader.isAvailable()).isNotDone();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        assertThat(inner.unread).containsExactly("a");

        CompletableFuture<Void> woken = reader.isAvailable();
        gate.open();
        assertThat(woken).isDone();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.MORE_AVAILABLE);
        assertThat(output.records).containsExactly("a");
    }

    @Test
    void stopsReadingWhenTheGateCloses() throws Exception {
        gate.open();
        inner.unread.addAll(List.of("a", "b"));
        reader.pollNext(output);

        gate.close();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        assertThat(reader.isAvailable()).isNotDone();

        gate.open();
        reader.pollNext(output);
        assertThat(output.records).containsExactly("a", "b");
    }

    @Test
    void isAvailableWhenTheInnerReaderIsAndTheGateIsOpen() {
        gate.open();

        assertThat(reader.isAvailable()).isNotDone();
        inner.available.complete(null);
        assertThat(reader.isAvailable()).isDone();
    }

    @Test
    void doesNotEndWhileItsInputIsUnread() throws Exception {
        reader.notifyNoMoreSplits();

        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        gate.open();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.END_OF_INPUT);
    }

    @Test
    void leavesEverythingElseToTheInnerReader() throws Exception {
        Split split = new Split("3");
        SourceEvent event = new SourceEvent() {};

        reader.start();
        reader.addSplits(List.of(split));
        reader.handleSourceEvents(event);
        reader.pauseOrResumeSplits(List.of("1"), List.of("2"));
        assertThat(reader.snapshotState(5)).containsExactly(split);
        reader.notifyCheckpointComplete(5);
        reader.notifyCheckpointAborted(6);
        reader.notifyNoMoreSplits();
        reader.close();

        assertThat(inner.calls)
                .containsExactly(
                        "start",
                        "addSplits [" + split + "]",
                        "handleSourceEvents " + event,
                        "pauseOrResumeSplits [1] [2]",
                        "snapshotState 5",
                        "notifyCheckpointComplete 5",
                        "notifyCheckpointAborted 6",
                        "notifyNoMoreSplits",
                        "close");
    }

    @Test
    void givesEverySubtaskOfEveryJobAGateOfItsOwn() {
        CodebookGate other = CodebookGate.of(job, 1);
        CodebookGate foreign = CodebookGate.of("another job", 0);
        gate.open();

        assertThat(other.isOpen()).isFalse();
        assertThat(foreign.isOpen()).isFalse();
        other.remove();
        foreign.remove();
    }

    private record Split(String splitId) implements SourceSplit {}

    private static final class TestingOutput implements ReaderOutput<String> {

        private final List<String> records = new ArrayList<>();

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

    private record TestingContext(int subtask) implements SourceReaderContext {

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

    private final class TestingSource implements Source<String, Split, Void> {

        private static final long serialVersionUID = 1L;

        @Override
        public Boundedness getBoundedness() {
            return Boundedness.BOUNDED;
        }

        @Override
        public SourceReader<String, Split> createReader(SourceReaderContext context) {
            return inner;
        }

        @Override
        public SplitEnumerator<Split, Void> createEnumerator(
                SplitEnumeratorContext<Split> context) {
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
    }

    /** Emits what is unread, one record a poll, and remembers how it was called. */
    private static final class TestingReader implements SourceReader<String, Split> {

        private final Deque<String> unread = new ArrayDeque<>();
        private final List<String> calls = new ArrayList<>();
        private final CompletableFuture<Void> available = new CompletableFuture<>();
        private List<Split> splits = List.of();

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
