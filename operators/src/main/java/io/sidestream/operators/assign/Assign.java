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
import io.sidestream.schema.Quote;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
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
    private final StoreAccess store;

    private transient String run;
    private transient BroadcastState<String, CodebookChange> codebooks;
    private transient Positions positions;
    private transient Map<String, LiveCodebook> live;
    private transient Map<String, Attempt> loading;
    private transient Set<String> failed;
    private transient MailboxExecutor mailbox;
    private transient CodebookGate gate;
    private transient Bundle bundle;
    private transient ScheduledFuture<?> opening;
    private transient ScheduledFuture<?> retrying;
    private transient Duration nextRetry;
    private transient Counter assigned;

    /**
     * @param options how items are bundled
     * @param job the name that the items' {@link GatedSource} was given
     * @param store where codebooks are
     */
    public Assign(AssignOptions options, String job, StoreAccess store) {
        this.options = options;
        this.job = job;
        this.store = store;
    }

    /** A version's codebook while it is being loaded. */
    private static final class Attempt {

        private final CodebookChange change;
        private final SharedQuantizers.Lease lease;

        /** Whether the version has just been published. */
        private final boolean first;

        /** What has been published of the version meanwhile, to be tried if this one fails. */
        private final Deque<CodebookChange> later;

        private long progress;
        private ScheduledFuture<?> timeout;

        Attempt(
                CodebookChange change,
                SharedQuantizers.Lease lease,
                boolean first,
                Deque<CodebookChange> later) {
            this.later = later;
            this.change = change;
            this.lease = lease;
            this.first = first;
            this.progress = lease.progress();
        }

        /** Whether a change is about the very file. */
        boolean isOf(CodebookChange other) {
            CodebookChange newest = later.isEmpty() ? change : later.getLast();
            return newest.manifest().getUri().equals(other.manifest().getUri());
        }
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
        loading = new HashMap<>();
        failed = new HashSet<>();
        mailbox =
                getContainingTask()
                        .getMailboxExecutorFactory()
                        .createExecutor(getOperatorConfig().getChainIndex());
        bundle = new Bundle(options, live.values(), getProcessingTimeService(), this::emit);
        gate = CodebookGate.of(job, getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        nextRetry = FIRST_RETRY;
        assigned = getMetricGroup().counter("assignedItems");
        getMetricGroup().gauge("liveCodebooks", () -> live.size());
        getMetricGroup().gauge("failedCodebooks", () -> failed.size());
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
            Attempt attempt = loading.get(change.version());
            if (attempt == null) {
                load(change, true, new ArrayDeque<>());
            } else if (!attempt.isOf(change)) {
                attempt.later.add(change); // its file is elsewhere
            }
        } else {
            codebooks.remove(change.version());
            positions.end(change.version());
            giveUp(loading.remove(change.version()));
            failed.remove(change.version());
            LiveCodebook former = live.remove(change.version());
            if (former != null) {
                former.close();
                LOG.info("Codebook version {} is no longer used", change.version());
            }
        }
        adjustGateLater();
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
            loading.values().forEach(Assign::giveUp);
            loading.clear();
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

    /**
     * Begins to load a version's codebook. Arrivals are assigned without it until it is there;
     * those that come before the gate opens wait for it.
     */
    private void load(CodebookChange change, boolean first, Deque<CodebookChange> later) {
        positions.interrupt(change.version());
        Attempt attempt =
                new Attempt(
                        change, SharedQuantizers.acquire(change.manifest(), store), first, later);
        loading.put(change.version(), attempt);
        awaitProgress(attempt);
        // Even when the process has it already: others of before a restart may not have been begun,
        // and the gate stays closed until all have ended.
        attempt.lease
                .quantizer()
                .whenComplete(
                        (result, failure) ->
                                mailbox.execute(() -> loaded(attempt), "codebook loaded"));
    }

    /** Counts the attempt as failed if the store has sent nothing for too long. */
    private void awaitProgress(Attempt attempt) {
        Duration timeout = store.options().timeout();
        attempt.timeout =
                registerTimer(
                        timeout,
                        time -> {
                            if (attempt.progress != attempt.lease.progress()) {
                                attempt.progress = attempt.lease.progress();
                                awaitProgress(attempt);
                            } else {
                                fail(
                                        attempt,
                                        "%s: waited %d ms for %s in vain; see whether it can be reached"
                                                .formatted(
                                                        Quote.excerpt(
                                                                attempt.change.manifest().getUri()),
                                                        timeout.toMillis(),
                                                        attempt.lease.waitsFor()),
                                        null);
                            }
                        });
    }

    /** Ends an attempt: makes the version live, or reports why it cannot be. */
    private void loaded(Attempt attempt) {
        CodebookChange change = attempt.change;
        String version = change.version();
        if (loading.get(version) != attempt) {
            return; // given up
        }
        bundle.flush(); // what came before is assigned without it
        try {
            live.put(
                    version,
                    new LiveCodebook(change.manifest(), attempt.lease, options.bundleSize()));
        } catch (CompletionException e) {
            fail(attempt, e.getCause().getMessage(), e.getCause());
            return;
        } catch (OutOfMemoryError e) {
            fail(attempt, "no memory is left for its buffers; give the process more heap", e);
            return;
        }
        end(attempt);
        output.collect(LOADED, new StreamRecord<>(version));
        report(version, positions.begin(version), null);
        LOG.info("Codebook version {} is live: {}", version, change.manifest());
        failed.remove(version);
        if (failed.isEmpty()) {
            nextRetry = FIRST_RETRY;
        }
        adjustGateAfter(attempt);
    }

    private void fail(Attempt attempt, String why, Throwable cause) {
        end(attempt);
        attempt.lease.release();
        String version = attempt.change.version();
        LOG.error("Codebook version {} cannot be loaded: {}", version, why, cause);
        if (attempt.first && getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
            refuse(
                    attempt.change.origin(),
                    UNKNOWN_CODEBOOK,
                    "Codebook version '%s' cannot be loaded and stays out of use until it can: %s"
                            .formatted(version, why));
        }
        report(version, List.of(), Quote.message(why));
        failed.add(version);
        if (attempt.later.isEmpty()) {
            retryLater();
            adjustGateAfter(attempt);
        } else {
            load(attempt.later.remove(), true, attempt.later);
        }
    }

    /** Other versions may have been published together with a new one; a restart knows them all. */
    private void adjustGateAfter(Attempt attempt) {
        if (attempt.first) {
            adjustGateLater();
        } else {
            adjustGate();
        }
    }

    private void end(Attempt attempt) {
        loading.remove(attempt.change.version());
        if (attempt.timeout != null) {
            attempt.timeout.cancel(false);
        }
    }

    private static void giveUp(Attempt attempt) {
        if (attempt != null) {
            if (attempt.timeout != null) {
                attempt.timeout.cancel(false);
            }
            attempt.lease.release();
        }
    }

    /** Begins to load every version that should be live and is not. */
    private void loadMissing() throws Exception {
        List<CodebookChange> missing = new ArrayList<>();
        for (Map.Entry<String, CodebookChange> entry : codebooks.immutableEntries()) {
            String version = entry.getKey();
            if (!live.containsKey(version) && !loading.containsKey(version)) {
                missing.add(entry.getValue());
            }
        }
        missing.forEach(change -> load(change, false, new ArrayDeque<>()));
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
        loadMissing();
    }

    /** Opens the gate once the versions have settled; closes it at once when none is live. */
    private void adjustGateLater() {
        if (opening != null) {
            opening.cancel(false);
        }
        if (live.isEmpty()) {
            adjustGate();
        } else if (!gate.isOpen()) {
            opening = registerTimer(SETTLE, time -> adjustGate());
        }
    }

    /** No arrival is to miss a version that is only being loaded, as long as none has come. */
    private void adjustGate() {
        if (live.isEmpty()) {
            if (loading.isEmpty()) {
                LOG.warn("No codebook version is live: item-embeddings stays unread until one is");
            }
            gate.close();
        } else if (loading.isEmpty()) {
            gate.open();
        }
    }

    private ScheduledFuture<?> registerTimer(Duration delay, ProcessingTimeCallback callback) {
        ProcessingTimeService time = getProcessingTimeService();
        return time.registerTimer(time.getCurrentProcessingTime() + delay.toMillis(), callback);
    }
}
