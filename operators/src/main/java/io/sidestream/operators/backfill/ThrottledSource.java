package io.sidestream.operators.backfill;

import io.sidestream.operators.DecoratedReader;
import io.sidestream.operators.DecoratedSource;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimitedSourceReader;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiter;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.core.io.InputStatus;

/**
 * A source that emits so many records per second, and no more, in all its subtasks together.
 *
 * @param <T> what it emits
 * @param <SplitT> the inner source's splits
 * @param <StateT> the inner source's enumerator state
 */
public final class ThrottledSource<T, SplitT extends SourceSplit, StateT>
        extends DecoratedSource<T, SplitT, StateT> {

    private static final long serialVersionUID = 1L;

    private final double recordsPerSecond;

    public ThrottledSource(Source<T, SplitT, StateT> inner, double recordsPerSecond) {
        super(inner);
        this.recordsPerSecond = recordsPerSecond;
    }

    @Override
    @SuppressWarnings("unchecked") // the strategy's factory methods are raw
    protected SourceReader<T, SplitT> decorate(
            SourceReader<T, SplitT> reader, SourceReaderContext context) {
        RateLimiter<SplitT> limiter =
                RateLimiterStrategy.perSecond(recordsPerSecond)
                        .createRateLimiter(context.currentParallelism());
        return new Reader<>(reader, limiter);
    }

    /** Flink's reader of this kind keeps to itself that a checkpoint is complete. */
    private static final class Reader<T, SplitT extends SourceSplit>
            extends DecoratedReader<T, SplitT> {

        private final SourceReader<T, SplitT> limited;

        Reader(SourceReader<T, SplitT> inner, RateLimiter<SplitT> limiter) {
            super(inner);
            this.limited = new RateLimitedSourceReader<>(inner, limiter);
        }

        @Override
        public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
            return limited.pollNext(output);
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return limited.isAvailable();
        }
    }
}
