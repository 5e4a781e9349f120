package io.sidestream.operators.assign;

import static io.sidestream.schema.DeadLetterCause.UNKNOWN_CODEBOOK;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;
import static io.sidestream.schema.DeadLetterCause.ZERO_VECTOR;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.quantize.RelativeResidual;
import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.DeadLetterCause;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.api.common.operators.ProcessingTimeService.ProcessingTimeCallback;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Quantizes embeddings under every live codebook version. Items are gathered in a bundle, bounded
 * in size and in time, so that the quantizer loads a codebook's panels once for many of them.
 *
 * <p>Input: {@link DecodedItem}s in the order of their Kafka partition, and every {@link
 * CodebookChange}, broadcast. State: the last change of every live version, the same in every
 * subtask; it is cleared when the version retires. The bundle is not state: it is flushed before
 * every checkpoint barrier. Output: {@link AssignedItem}s in the order of the input. An embedding
 * that some live version cannot take goes to {@link DeadLetters#TAG}; it still goes on with the
 * codes of the versions that can.
 *
 * <p>This is an operator rather than a function because only operators hear of a barrier before it
 * passes.
 */
public final class Assign extends AbstractStreamOperator<AssignedItem>
        implements TwoInputStreamOperator<DecodedItem, CodebookChange, AssignedItem> {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(Assign.class);

    static final MapStateDescriptor<String, CodebookChange> CODEBOOKS =
            new MapStateDescriptor<>("codebooks", Types.STRING, CodebookChange.TYPE);

    /**
     * Versions that were published before the job first started arrive in one burst: input is held
     * back until no further one has come for this long, lest the first items miss some of them.
     */
    static final Duration SETTLE = Duration.ofMillis(500);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofMinutes(1);

    private final AssignOptions options;
    private final String job;

    private transient BroadcastState<String, CodebookChange> codebooks;
    private transient Map<String, LiveCodebook> live;
    private transient CodebookGate gate;
    private transient List<DecodedItem> bundle;
    private transient ScheduledFuture<?> lingering;
    private transient ScheduledFuture<?> opening;
    private transient ScheduledFuture<?> retrying;
    private transient Duration nextRetry;
    private transient Counter assigned;

    /**
     * @param options how items are bundled
     * @param job the name that the items' {@link GatedSource} was given
     */
    public Assign(AssignOptions options, String job) {
        this.options = options;
        this.job = job;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        codebooks = context.getOperatorStateStore().getBroadcastState(CODEBOOKS);
    }

    @Override
    public void open() throws Exception {
        super.open();
        live = new TreeMap<>();
        bundle = new ArrayList<>(options.bundleSize());
        gate = CodebookGate.of(job, getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        nextRetry = FIRST_RETRY;
        assigned = getMetricGroup().counter("assignedItems");
        getMetricGroup().gauge("liveCodebooks", () -> live.size());
        loadMissing();
        adjustGate();
    }

    @Override
    public void processElement1(StreamRecord<DecodedItem> element) {
        if (bundle.isEmpty()) {
            lingering = registerTimer(options.linger(), time -> flush());
        }
        bundle.add(element.getValue());
        if (bundle.size() == options.bundleSize()) {
            flush();
        }
    }

    @Override
    public void processElement2(StreamRecord<CodebookChange> element) throws Exception {
        flush(); // what came before is assigned under the versions that were live before
        CodebookChange change = element.getValue();
        LiveCodebook former = live.get(change.version());
        if (former != null && change.isLive() && former.isSame(change.manifest())) {
            codebooks.put(change.version(), change);
            return;
        }
        if (former != null) {
            live.remove(change.version());
            SharedQuantizers.release(former.manifest);
            LOG.info("Codebook version {} is no longer used as it was", change.version());
        }
        if (change.isLive()) {
            codebooks.put(change.version(), change);
            loadOrReport(change);
        } else {
            codebooks.remove(change.version());
        }
        if (live.isEmpty()) {
            adjustGate();
        } else {
            openGateLater();
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        flush();
    }

    @Override
    public void finish() throws Exception {
        flush();
        super.finish();
    }

    @Override
    public void close() throws Exception {
        if (gate != null) {
            gate.remove();
        }
        if (live != null) {
            live.values().forEach(codebook -> SharedQuantizers.release(codebook.manifest));
            live.clear();
        }
        super.close();
    }

    /** Assigns and emits what the bundle holds, in order. */
    private void flush() {
        if (bundle.isEmpty()) {
            return;
        }
        lingering.cancel(false);
        List<List<Assignment>> assignments = new ArrayList<>(bundle.size());
        List<Refusal> refusals = new ArrayList<>(bundle.size());
        for (int i = 0; i < bundle.size(); i++) {
            assignments.add(new ArrayList<>(live.size()));
            refusals.add(null);
        }
        for (LiveCodebook codebook : live.values()) {
            codebook.assign(bundle, assignments, refusals);
        }
        for (int i = 0; i < bundle.size(); i++) {
            emit(bundle.get(i), assignments.get(i), refusals.get(i));
        }
        bundle.clear();
    }

    private void emit(DecodedItem item, List<Assignment> assignments, Refusal refusal) {
        if (!item.isDeletion() && assignments.isEmpty() && refusal == null) {
            refusal =
                    new Refusal(
                            UNKNOWN_CODEBOOK,
                            "No codebook version is live any more; publish one, then send the item again");
        }
        if (refusal != null) {
            refuse(item.origin(), refusal.cause, refusal.message);
        }
        if (item.isDeletion() || !assignments.isEmpty()) {
            assigned.inc();
            output.collect(
                    new StreamRecord<>(
                            new AssignedItem(
                                    item.itemId(),
                                    item.revision(),
                                    item.hasExplicitRevision(),
                                    item.eventTime(),
                                    assignments)));
        }
    }

    private void refuse(IncomingRecord origin, DeadLetterCause cause, String message) {
        output.collect(DeadLetters.TAG, new StreamRecord<>(DeadLetters.of(origin, cause, message)));
    }

    /** Makes a version live; if it cannot be, reports why and tries again later. */
    private void loadOrReport(CodebookChange change) {
        try {
            load(change);
        } catch (IOException e) {
            LOG.error("Codebook version {} cannot be loaded", change.version(), e);
            if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
                refuse(
                        change.origin(),
                        UNKNOWN_CODEBOOK,
                        "Codebook version '%s' cannot be loaded and stays out of use until it can: %s"
                                .formatted(change.version(), e.getMessage()));
            }
            retryLater();
        }
    }

    private void load(CodebookChange change) throws IOException {
        ResidualQuantizer quantizer = SharedQuantizers.acquire(change.manifest());
        live.put(
                change.version(),
                new LiveCodebook(change.manifest(), quantizer, options.bundleSize()));
        LOG.info(
                "Codebook version {} is live: dimension {}, layers {}",
                change.version(),
                quantizer.dimension(),
                change.manifest().getLayerSizes());
    }

    /** Makes every version live that should be and is not; if one cannot be, tries again later. */
    private void loadMissing() throws Exception {
        boolean complete = true;
        for (Map.Entry<String, CodebookChange> entry : codebooks.immutableEntries()) {
            if (!live.containsKey(entry.getKey())) {
                try {
                    load(entry.getValue());
                } catch (IOException e) {
                    complete = false;
                    LOG.warn("Codebook version {} cannot be loaded", entry.getKey(), e);
                }
            }
        }
        if (complete) {
            nextRetry = FIRST_RETRY;
        } else {
            retryLater();
        }
    }

    private void retryLater() {
        if (retrying != null && !retrying.isDone()) {
            return;
        }
        retrying = registerTimer(nextRetry, time -> retry());
        Duration doubled = nextRetry.multipliedBy(2);
        nextRetry = doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    }

    private void retry() throws Exception {
        retrying = null;
        flush();
        loadMissing();
        adjustGate();
    }

    /** Once the versions that are live have settled, as far as any is. */
    private void openGateLater() {
        if (opening != null) {
            opening.cancel(false);
        }
        if (!gate.isOpen()) {
            opening = registerTimer(SETTLE, time -> adjustGate());
        }
    }

    private void adjustGate() {
        if (live.isEmpty()) {
            LOG.warn("No codebook version is live: item-embeddings stays unread until one is");
            gate.close();
        } else {
            gate.open();
        }
    }

    private ScheduledFuture<?> registerTimer(Duration delay, ProcessingTimeCallback callback) {
        ProcessingTimeService time = getProcessingTimeService();
        return time.registerTimer(time.getCurrentProcessingTime() + delay.toMillis(), callback);
    }

    /** Why some live version cannot take an embedding. */
    private record Refusal(DeadLetterCause cause, String message) {

        static Refusal and(Refusal before, DeadLetterCause cause, String message) {
            return before == null
                    ? new Refusal(cause, message)
                    : new Refusal(before.cause, before.message + "; " + message);
        }
    }

    /** A version in use, with the buffers of this subtask. */
    private static final class LiveCodebook {

        private final CodebookManifest manifest;
        private final ResidualQuantizer.Worker worker;
        private final int dimension;
        private final int layers;
        private final float[] embeddings;
        private final int[] codes;
        private final double[] squaredNorms;
        private final int[] rows;

        LiveCodebook(CodebookManifest manifest, ResidualQuantizer quantizer, int bundleSize) {
            this.manifest = manifest;
            this.worker = quantizer.worker();
            this.dimension = quantizer.dimension();
            this.layers = quantizer.layers();
            this.embeddings = new float[bundleSize * dimension];
            this.codes = new int[bundleSize * layers];
            this.squaredNorms = new double[bundleSize * (layers + 1)];
            this.rows = new int[bundleSize];
        }

        boolean isSame(CodebookManifest other) {
            return manifest.getSha256().equals(other.getSha256());
        }

        /** Adds this version's codes, or its refusal, to every embedding of the bundle. */
        void assign(
                List<DecodedItem> bundle,
                List<List<Assignment>> assignments,
                List<Refusal> refusals) {
            int taken = 0;
            for (int i = 0; i < bundle.size(); i++) {
                DecodedItem item = bundle.get(i);
                if (item.isDeletion()) {
                    continue;
                }
                float[] embedding = item.message().embedding();
                if (embedding.length != dimension) {
                    String message =
                            "codebook version '%s' takes embeddings of %d floats, this one has %d"
                                    .formatted(manifest.getVersion(), dimension, embedding.length);
                    refusals.set(i, Refusal.and(refusals.get(i), WRONG_LENGTH, message));
                } else if (manifest.getNormalize() && isZero(embedding)) {
                    String message =
                            "codebook version '%s' normalizes embeddings, and this one is zero"
                                    .formatted(manifest.getVersion());
                    refusals.set(i, Refusal.and(refusals.get(i), ZERO_VECTOR, message));
                } else {
                    System.arraycopy(embedding, 0, embeddings, taken * dimension, dimension);
                    rows[taken++] = i;
                }
            }
            worker.quantize(embeddings, taken, codes, squaredNorms);
            for (int row = 0; row < taken; row++) {
                int[] own = Arrays.copyOfRange(codes, row * layers, (row + 1) * layers);
                assignments
                        .get(rows[row])
                        .add(new Assignment(manifest.getVersion(), own, residuals(row)));
            }
        }

        private int[] residuals(int row) {
            int first = row * (layers + 1);
            int[] residuals = new int[layers];
            for (int layer = 1; layer <= layers; layer++) {
                residuals[layer - 1] =
                        RelativeResidual.of(squaredNorms[first + layer], squaredNorms[first]);
            }
            return residuals;
        }

        private static boolean isZero(float[] embedding) {
            for (float component : embedding) {
                if (component != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
