package io.sidestream.operators.assign;

import io.sidestream.operators.DecoratedReader;
import io.sidestream.operators.DecoratedSource;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * A source that emits nothing while its subtask's {@link Assign} has no live codebook.
 *
 * @param <T> what it emits
 * @param <SplitT> the inner source's splits
 * @param <StateT> the inner source's enumerator state
 */
public final class GatedSource<T, SplitT extends SourceSplit, StateT>
        extends DecoratedSource<T, SplitT, StateT> {

    private static final long serialVersionUID = 1L;

    private final String job;

    /**
     * @param inner the source to hold back
     * @param job the name that the job's {@link Assign} was given, unique among jobs of a process
     */
    public GatedSource(Source<T, SplitT, StateT> inner, String job) {
        super(inner);
        this.job = job;
    }

    @Override
    protected SourceReader<T, SplitT> decorate(
            SourceReader<T, SplitT> reader, SourceReaderContext context) {
        return new Reader<>(reader, CodebookGate.of(job, context.getIndexOfSubtask()));
    }

    private static final class Reader<T, SplitT extends SourceSplit>
            extends DecoratedReader<T, SplitT> {

        private final CodebookGate gate;

        Reader(SourceReader<T, SplitT> inner, CodebookGate gate) {
            super(inner);
            this.gate = gate;
        }

        @Override
        public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
            return gate.isOpen() ? super.pollNext(output) : InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            CompletableFuture<Void> opened = gate.whenOpen();
            return opened.isDone() ? super.isAvailable() : opened;
        }
    }
}
