package io.sidestream.operators.assign;

import static io.sidestream.schema.DeadLetterCause.UNKNOWN_CODEBOOK;

import io.sidestream.operators.Announcement;
import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.PartitionPosition;

import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.ProcessingTimeService.ProcessingTimeCallback;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;

/**
 * Quantizes embeddings under every live codebook version, many at a time.
 *
 * <p>Input: {@link DecodedItem}s in the order of their Kafka partition, and every {@link
 * CodebookChange}, broadcast. State: the last change of every live version, the same in every
 * subtask, cleared when the version retires; and from where on every arrival has been assigned
 * under each, for the {@link LiveReport}s. The bundle is not state: it is flushed before every
 * checkpoint barrier. Output: {@link AssignedItem}s in the order of the input. An embedding that
 * some live version cannot take goes to {@link DeadLetters#TAG}; it still goes on with the codes of
 * the versions that can. Whenever the subtask begins to use a version, or cannot, it emits a report
 * to {@link Announcement#TAG}, and the name of a version that it has loaded to {@link #LOADED}.
 *
 * <p>This is an operator rather than a function because only operators hear of a barrier before it
 * passes.
 */
public final class Assign extends AbstractStreamOperator<AssignedItem>
        implements TwoInputStreamOperator<DecodedItem, CodebookChange, AssignedItem> {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(Assign.class);

    /** Side output: a version's name, whenever a subtask has loaded its codebook. */
    public static final OutputTag<String> LOADED = new OutputTag<>("loaded-versions", Types.STRING);

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

    private transient String run;
    private transient BroadcastState<String, CodebookChange> codebooks;
    private transient Positions positions;
    private transient Map<String, LiveCodebook> live;
    private transient CodebookGate gate;
    private transient Bundle bundle;
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
        positions = new Positions(context.getOperatorStateStore());
        run = job + "/" + context.getRestoredCheckpointId().orElse(0);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        List<String> versions = new ArrayList<>();
        for (Map.Entry<String, CodebookChange> entry : codebooks.immutableEntries()) {
            versions.add(entry.getKey());
        }
        positions.snapshot(versions);
    }

    @Override
    public void open() throws Exception {
        super.open();
        live = new TreeMap<>();
        bundle = new Bundle(options, live.values(), getProcessingTimeService(), this::emit);
        gate = CodebookGate.of(job, getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        nextRetry = FIRST_RETRY;
        assigned = getMetricGroup().counter("assignedItems");
        getMetricGroup().gauge("liveCodebooks", () -> live.size());
        loadMissing();
        adjustGate();
    }

    @Override
    public void processElement1(StreamRecord<DecodedItem> element) {
        positions.passed(element.getValue().origin());
        bundle.add(element.getValue());
    }

    @Override
    public void processElement2(StreamRecord<CodebookChange> element) throws Exception {
        bundle.flush(); // what came before is assigned under the versions that were live before
        CodebookChange change = element.getValue();
        if (change.isLive()) {
            codebooks.put(change.version(), change);
            if (live.containsKey(change.version())) {
                return; // its status is another, its content never is
            }
            loadOrReport(change);
        } else {
            codebooks.remove(change.version());
            positions.end(change.version());
            LiveCodebook former = live.remove(change.version());
            if (former != null) {
                former.close();
                LOG.info("Codebook version {} is no longer used", change.version());
            }
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
        bundle.flush();
    }

    @Override
    public void finish() throws Exception {
        bundle.flush();
        super.finish();
    }

    @Override
    public void close() throws Exception {
        if (gate != null) {
            gate.remove();
        }
        if (live != null) {
            live.values().forEach(LiveCodebook::close);
            live.clear();
        }
        super.close();
    }

    private void emit(DecodedItem item, Bundle.Result result) {
        boolean unknown =
                !item.isDeletion() && result.assignments().isEmpty() && !result.isRefused();
        if (unknown) {
            refuse(
                    item.origin(),
                    UNKNOWN_CODEBOOK,
                    "No codebook version is live any more; publish one, then send the item again");
        } else if (result.isRefused()) {
            refuse(item.origin(), result.cause(), result.message());
        }
        if (item.isDeletion() || !result.assignments().isEmpty()) {
            assigned.inc();
            output.collect(
                    new StreamRecord<>(
                            AssignedItem.of(
                                    item, AssignedItem.Source.ARRIVAL, result.assignments())));
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
            reportFailure(change.version(), e);
            retryLater();
        }
    }

    private void load(CodebookChange change) throws IOException {
        live.put(change.version(), LiveCodebook.open(change.manifest(), options.bundleSize()));
        output.collect(LOADED, new StreamRecord<>(change.version()));
        report(change.version(), positions.begin(change.version()), null);
        LOG.info("Codebook version {} is live: {}", change.version(), change.manifest());
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
                    reportFailure(entry.getKey(), e);
                }
            }
        }
        if (complete) {
            nextRetry = FIRST_RETRY;
        } else {
            retryLater();
        }
    }

    private void reportFailure(String version, IOException e) {
        positions.interrupt(version);
        report(version, List.of(), e.getMessage() == null ? e.toString() : e.getMessage());
    }

    /** Says from where on arrivals are assigned under a version, or why they are not. */
    private void report(String version, List<PartitionPosition> since, String error) {
        TaskInfo subtask = getRuntimeContext().getTaskInfo();
        LiveReport report =
                new LiveReport(
                        version,
                        run,
                        subtask.getIndexOfThisSubtask(),
                        subtask.getNumberOfParallelSubtasks(),
                        since,
                        error,
                        Instant.ofEpochMilli(
                                getProcessingTimeService().getCurrentProcessingTime()));
        output.collect(Announcement.TAG, new StreamRecord<>(Announcement.of(version, report)));
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
        bundle.flush();
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
}
