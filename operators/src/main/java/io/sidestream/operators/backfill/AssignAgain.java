package io.sidestream.operators.backfill;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Bundle;
import io.sidestream.operators.assign.LiveCodebook;
import io.sidestream.operators.assign.StoreAccess;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.SingleObjectFormat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.accumulators.IntCounter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.MeterView;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Quantizes embeddings that the index has already, under one codebook version.
 *
 * <p>Input: {@link DecodedItem}s in the order of their Kafka partition; deletions are passed over,
 * as the index knows of them. State: none; what is bundled is flushed before every checkpoint
 * barrier. Output: {@link AssignedItem}s of a backfill. An embedding that the version cannot take
 * goes to {@link DeadLetters#TAG}.
 *
 * <p>Metrics, with the label {@code codebook_version}: {@code backfilledItems}, {@code
 * backfilledItemsPerSecond}, {@code remainingRecords} and {@code secondsLeft} of each subtask.
 */
public final class AssignAgain extends AbstractStreamOperator<AssignedItem>
        implements OneInputStreamOperator<DecodedItem, AssignedItem> {

    private static final long serialVersionUID = 1L;

    private static final String STARTED = "startedSubtasks";
    private static final String FINISHED = "finishedSubtasks";

    private final AssignOptions options;

    /** As a record, which knows how to travel; Avro's classes do it in ways of their own. */
    private final byte[] manifest;

    private final HashMap<Integer, Long> until;
    private final StoreAccess store;

    private transient LiveCodebook codebook;
    private transient Bundle bundle;
    private transient Meter assigned;
    private transient Map<Integer, Long> remaining;
    private transient IntCounter finished;

    /**
     * @param until the offset behind the last item of each partition
     * @param store where the codebook is
     */
    public AssignAgain(
            AssignOptions options,
            CodebookManifest manifest,
            Map<Integer, Long> until,
            StoreAccess store) {
        this.options = options;
        this.store = store;
        this.until = new HashMap<>(until);
        this.manifest = SingleObjectFormat.of(CodebookManifest.class).encode(manifest);
    }

    @Override
    public void open() throws Exception {
        super.open();
        codebook =
                LiveCodebook.open(
                        SingleObjectFormat.of(CodebookManifest.class).decode(manifest),
                        options.bundleSize(),
                        store);
        bundle = new Bundle(options, List.of(codebook), getProcessingTimeService(), this::emit);
        remaining = new ConcurrentHashMap<>(); // metrics are read by another thread
        MetricGroup metrics = getMetricGroup().addGroup("codebook_version", codebook.version());
        Counter items = metrics.counter("backfilledItems");
        assigned = metrics.meter("backfilledItemsPerSecond", new MeterView(items));
        metrics.gauge("remainingRecords", this::remaining);
        metrics.gauge("secondsLeft", () -> remaining() / assigned.getRate());
        addAccumulator(STARTED).add(1);
        finished = addAccumulator(FINISHED);
    }

    @Override
    public void processElement(StreamRecord<DecodedItem> element) {
        IncomingRecord record = element.getValue().origin();
        remaining.put(
                record.partition(),
                until.getOrDefault(record.partition(), 0L) - record.offset() - 1);
        if (!element.getValue().isDeletion()) {
            bundle.add(element.getValue());
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        bundle.flush();
    }

    @Override
    public void finish() throws Exception {
        bundle.flush();
        finished.resetLocal();
        finished.add(1);
        super.finish();
    }

    @Override
    public void close() throws Exception {
        if (codebook != null) {
            codebook.close();
        }
        super.close();
    }

    private IntCounter addAccumulator(String name) {
        IntCounter counter = new IntCounter();
        getRuntimeContext().addAccumulator(name, counter);
        return counter;
    }

    /**
     * Whether every subtask has come to the end of its input. A job that somebody stops ends well,
     * too, but leaves the rest unread.
     *
     * @param accumulators of the job's result
     */
    public static boolean isWhole(Map<String, Object> accumulators) {
        return accumulators.containsKey(STARTED)
                && accumulators.get(STARTED).equals(accumulators.get(FINISHED));
    }

    /** Of the partitions that something has come from. */
    private long remaining() {
        return remaining.values().stream().mapToLong(Long::longValue).sum();
    }

    private void emit(DecodedItem item, Bundle.Result result) {
        if (result.isRefused()) {
            output.collect(
                    DeadLetters.TAG,
                    new StreamRecord<>(
                            DeadLetters.of(item.origin(), result.cause(), result.message())));
            return;
        }
        assigned.markEvent();
        output.collect(
                new StreamRecord<>(
                        AssignedItem.of(item, AssignedItem.Source.BACKFILL, result.assignments())));
    }
}
