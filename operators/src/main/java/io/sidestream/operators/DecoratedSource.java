package io.sidestream.operators;

import java.util.List;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.lineage.LineageDataset;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;
import org.apache.flink.streaming.api.lineage.SourceLineageVertex;

/**
 * A source whose reader is another one's, with something around it. Everything else, splits, state,
 * checkpoints and lineage, is the inner source's.
 *
 * @param <T> what it emits
 * @param <SplitT> the inner source's splits
 * @param <StateT> the inner source's enumerator state
 */
public abstract class DecoratedSource<T, SplitT extends SourceSplit, StateT>
        implements Source<T, SplitT, StateT>, LineageVertexProvider {

    private static final long serialVersionUID = 1L;

    private final Source<T, SplitT, StateT> inner;

    protected DecoratedSource(Source<T, SplitT, StateT> inner) {
        this.inner = inner;
    }

    /** Puts something around a reader of the inner source. */
    protected abstract SourceReader<T, SplitT> decorate(
            SourceReader<T, SplitT> reader, SourceReaderContext context);

    @Override
    public final Boundedness getBoundedness() {
        return inner.getBoundedness();
    }

    @Override
    public final SourceReader<T, SplitT> createReader(SourceReaderContext context)
            throws Exception {
        return decorate(inner.createReader(context), context);
    }

    @Override
    public final SplitEnumerator<SplitT, StateT> createEnumerator(
            SplitEnumeratorContext<SplitT> context) throws Exception {
        return inner.createEnumerator(context);
    }

    @Override
    public final SplitEnumerator<SplitT, StateT> restoreEnumerator(
            SplitEnumeratorContext<SplitT> context, StateT state) throws Exception {
        return inner.restoreEnumerator(context, state);
    }

    @Override
    public final SimpleVersionedSerializer<SplitT> getSplitSerializer() {
        return inner.getSplitSerializer();
    }

    @Override
    public final SimpleVersionedSerializer<StateT> getEnumeratorCheckpointSerializer() {
        return inner.getEnumeratorCheckpointSerializer();
    }

    /** Which datasets are read, for lineage listeners; none if the inner source does not say. */
    @Override
    public final LineageVertex getLineageVertex() {
        return inner instanceof LineageVertexProvider provider
                ? provider.getLineageVertex()
                : new Unknown(inner.getBoundedness());
    }

    private record Unknown(Boundedness boundedness) implements SourceLineageVertex {
        @Override
        public List<LineageDataset> datasets() {
            return List.of();
        }
    }
}
