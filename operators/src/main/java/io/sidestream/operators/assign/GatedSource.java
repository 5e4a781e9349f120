package io.sidestream.operators.assign;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A source that emits nothing while its subtask's {@link Assign} has no live codebook. Everything
 * else, splits, state and checkpoints, is the inner source's.
 *
 * @param <T> what it emits
 * @param <SplitT> the inner source's splits
 * @param <StateT> the inner source's enumerator state
 */
public final class GatedSource<T, SplitT extends SourceSplit, StateT>
        implements Source<T, SplitT, StateT> {

    private static final long serialVersionUID = 1L;

    private final Source<T, SplitT, StateT> inner;
    private final String job;

    /**
     * @param inner the source to hold back
     * @param job the name that the job's {@link Assign} was given, unique among jobs of a process
     */
    public GatedSource(Source<T, SplitT, StateT> inner, String job) {
        this.inner = inner;
        this.job = job;
    }

    @Override
    public Boundedness getBoundedness() {
        return inner.getBoundedness();
    }

    @Override
    public SourceReader<T, SplitT> createReader(SourceReaderContext context) throws Exception {
        return new Reader<>(
                inner.createReader(context), CodebookGate.of(job, context.getIndexOfSubtask()));
    }

    @Override
    public SplitEnumerator<SplitT, StateT> createEnumerator(SplitEnumeratorContext<SplitT> context)
            throws Exception {
        return inner.createEnumerator(context);
    }

    @Override
    public SplitEnumerator<SplitT, StateT> restoreEnumerator(
            SplitEnumeratorContext<SplitT> context, StateT state) throws Exception {
        return inner.restoreEnumerator(context, state);
    }

    @Override
    public SimpleVersionedSerializer<SplitT> getSplitSerializer() {
        return inner.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<StateT> getEnumeratorCheckpointSerializer() {
        return inner.getEnumeratorCheckpointSerializer();
    }

    private record Reader<T, SplitT extends SourceSplit>(
            SourceReader<T, SplitT> inner, CodebookGate gate) implements SourceReader<T, SplitT> {

        @Override
        public void start() {
            inner.start();
        }

        @Override
        public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
            return gate.isOpen() ? inner.pollNext(output) : InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            CompletableFuture<Void> opened = gate.whenOpen();
            return opened.isDone() ? inner.isAvailable() : opened;
        }

        @Override
        public List<SplitT> snapshotState(long checkpointId) {
            return inner.snapshotState(checkpointId);
        }

        @Override
        public void addSplits(List<SplitT> splits) {
            inner.addSplits(splits);
        }

        @Override
        public void notifyNoMoreSplits() {
            inner.notifyNoMoreSplits();
        }

        @Override
        public void handleSourceEvents(SourceEvent event) {
            inner.handleSourceEvents(event);
        }

        @Override
        public void pauseOrResumeSplits(
                Collection<String> splitsToPause, Collection<String> splitsToResume) {
            inner.pauseOrResumeSplits(splitsToPause, splitsToResume);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) throws Exception {
            inner.notifyCheckpointComplete(checkpointId);
        }

        @Override
        public void notifyCheckpointAborted(long checkpointId) throws Exception {
            inner.notifyCheckpointAborted(checkpointId);
        }

        @Override
        public void close() throws Exception {
            inner.close();
        }
    }
}
