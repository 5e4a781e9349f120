package io.sidestream.operators;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * A reader that leaves everything to another one, but for what a subclass does otherwise. All that
 * the other may be told is passed on to it: it commits offsets when it hears of a checkpoint.
 *
 * @param <T> what it emits
 * @param <SplitT> the inner reader's splits
 */
public abstract class DecoratedReader<T, SplitT extends SourceSplit>
        implements SourceReader<T, SplitT> {

    private final SourceReader<T, SplitT> inner;

    protected DecoratedReader(SourceReader<T, SplitT> inner) {
        this.inner = inner;
    }

    @Override
    public final void start() {
        inner.start();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
        return inner.pollNext(output);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return inner.isAvailable();
    }

    @Override
    public final List<SplitT> snapshotState(long checkpointId) {
        return inner.snapshotState(checkpointId);
    }

    @Override
    public final void addSplits(List<SplitT> splits) {
        inner.addSplits(splits);
    }

    @Override
    public final void notifyNoMoreSplits() {
        inner.notifyNoMoreSplits();
    }

    @Override
    public final void handleSourceEvents(SourceEvent event) {
        inner.handleSourceEvents(event);
    }

    @Override
    public final void pauseOrResumeSplits(
            Collection<String> splitsToPause, Collection<String> splitsToResume) {
        inner.pauseOrResumeSplits(splitsToPause, splitsToResume);
    }

    @Override
    public final void notifyCheckpointComplete(long checkpointId) throws Exception {
        inner.notifyCheckpointComplete(checkpointId);
    }

    @Override
    public final void notifyCheckpointAborted(long checkpointId) throws Exception {
        inner.notifyCheckpointAborted(checkpointId);
    }

    @Override
    public final void close() throws Exception {
        inner.close();
    }
}
