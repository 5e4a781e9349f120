package io.sidestream.operators.assign;

import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.DeadLetterCause;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Items that wait to be quantized together, so that a codebook is read from memory once for many of
 * them. Bounded in size and in time.
 */
public final class Bundle {

    /** What is done with an item of the bundle once it has been quantized. */
    public interface Output {

        void emit(DecodedItem item, Result result);
    }

    private final AssignOptions options;
    private final Collection<LiveCodebook> codebooks;
    private final ProcessingTimeService time;
    private final Output output;
    private final List<DecodedItem> items;
    private ScheduledFuture<?> lingering;

    /**
     * @param codebooks that items are quantized under; may change between two flushes
     * @param time of the operator whose items these are
     * @param output takes the items in their order; called by {@link #add}, {@link #flush} and the
     *     operator's timers
     */
    public Bundle(
            AssignOptions options,
            Collection<LiveCodebook> codebooks,
            ProcessingTimeService time,
            Output output) {
        this.options = options;
        this.codebooks = codebooks;
        this.time = time;
        this.output = output;
        this.items = new ArrayList<>(options.bundleSize());
    }

    /** Takes an item in; flushes when it is the last that fits. */
    public void add(DecodedItem item) {
        if (items.isEmpty()) {
            lingering =
                    time.registerTimer(
                            time.getCurrentProcessingTime() + options.linger().toMillis(),
                            now -> flush());
        }
        items.add(item);
        if (items.size() == options.bundleSize()) {
            flush();
        }
    }

    /** Quantizes and hands over what there is. */
    public void flush() {
        if (items.isEmpty()) {
            return;
        }
        lingering.cancel(false);
        List<Result> results = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            results.add(new Result(codebooks.size()));
        }
        for (LiveCodebook codebook : codebooks) {
            codebook.assign(items, results);
        }
        for (int i = 0; i < items.size(); i++) {
            output.emit(items.get(i), results.get(i));
        }
        items.clear();
    }

    /** What became of an item: codes, reasons why some version cannot take it, or both. */
    public static final class Result {

        private final List<Assignment> assignments;
        private DeadLetterCause cause;
        private String message;

        private Result(int codebooks) {
            this.assignments = new ArrayList<>(codebooks);
        }

        void add(Assignment assignment) {
            assignments.add(assignment);
        }

        void refuse(DeadLetterCause why, String how) {
            message = cause == null ? how : message + "; " + how;
            cause = cause == null ? why : cause;
        }

        public List<Assignment> assignments() {
            return assignments;
        }

        public boolean isRefused() {
            return cause != null;
        }

        /** Why some version cannot take the embedding; null: all can. */
        public DeadLetterCause cause() {
            return cause;
        }

        public String message() {
            return message;
        }
    }
}
