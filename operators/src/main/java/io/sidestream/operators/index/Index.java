package io.sidestream.operators.index;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.TextFormat;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.combine.Combine;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.combine.Tally.Stage;
import io.sidestream.operators.control.ControlChange;
import io.sidestream.operators.control.RemapPlans;
import io.sidestream.operators.index.IndexedItem.VersionEntry;
import io.sidestream.operators.sweep.CodebookVersions;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.sweep.Sweeper;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Remap;
import io.sidestream.sid.SidPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Decides what an arrival changes: nothing if it is stale or its codes are known, otherwise a move
 * from the path the item is on, if any, to the one that its codes and the remap plan in force give
 * it. A new plan reaches the items that are indexed already by a sweep, bucket by bucket, while
 * arrivals follow it at once; another sweep takes out what is indexed under a version that retires.
 * Codes of a backfill count if they are of the very embedding that the item has.
 *
 * <p>Input: {@link AssignedItem}s, the arrivals of an item in the order of their Kafka partition,
 * and every {@link ControlChange}, broadcast. Key of the former: the item's bucket. State: per
 * bucket, {@link IndexedItem} by item id, and the epoch of the last plan that has swept it by
 * codebook version; a deleted item's entry shrinks to its place and sequence and stays, so that
 * nothing late can bring it back. Also the {@link RemapPlans} of every version and the {@link
 * CodebookVersions}, the same in every subtask. Output: {@link PathChange}s, the leaving before the
 * joining; what it counts goes to {@link Tally#TAG}.
 *
 * <p>This is an operator rather than a function because only operators hear of a barrier before it
 * passes, and can take a bucket's state in hand without a record of that bucket.
 */
public final class Index extends AbstractStreamOperator<PathChange>
        implements TwoInputStreamOperator<AssignedItem, ControlChange, PathChange> {

    private static final long serialVersionUID = 1L;
    private static final int[] NO_CODES = {};

    private static final MapStateDescriptor<String, RemapPlans> PLANS =
            new MapStateDescriptor<>("remap-plans", Types.STRING, RemapPlans.TYPE);

    private final Buckets buckets;
    private final CombineOptions combineOptions;
    private final SweepOptions sweepOptions;

    private transient CodebookVersions codebooks;
    private transient BroadcastState<String, RemapPlans> plans;
    private transient MapState<String, IndexedItem> items;
    private transient MapState<String, Long> swept;
    private transient Map<String, PlanInForce> inForce;
    private transient Combine combine;
    private transient Sweeper sweeper;
    private transient TimestampedCollector<PathChange> out;
    private transient Counter stale;
    private transient Counter superseded;
    private transient Counter unchanged;
    private transient Counter moved;

    public Index(Buckets buckets, CombineOptions combineOptions, SweepOptions sweepOptions) {
        this.buckets = buckets;
        this.combineOptions = combineOptions;
        this.sweepOptions = sweepOptions;
    }

    /** What a version's SIDs follow. */
    private record PlanInForce(long epoch, Remap remap, long decidedAt) {

        static final PlanInForce NONE = new PlanInForce(0, Remap.NONE, 0);

        static PlanInForce of(RemapPlan plan) {
            return new PlanInForce(
                    plan.getEpoch(), Remap.of(plan), plan.getDecidedAt().toEpochMilli());
        }

        int droppedLayer(int[] codes) {
            return remap.drops(codes) ? remap.layer() : 0;
        }
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        codebooks = new CodebookVersions(context);
        plans = context.getOperatorStateStore().getBroadcastState(PLANS);
        buckets.requireUnchanged(context.getOperatorStateStore());
        combineOptions.requireUnchanged(context.getOperatorStateStore());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        codebooks.snapshot();
    }

    @Override
    public void open() throws Exception {
        super.open();
        items =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>(
                                        "items", TextFormat.TYPE, IndexedItem.TYPE));
        swept =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>("swept", TextFormat.TYPE, Types.LONG));
        out = new TimestampedCollector<>(output);
        stale = getMetricGroup().counter("staleRevisions");
        superseded = getMetricGroup().counter("supersededBackfills");
        unchanged = getMetricGroup().counter("unchangedItems");
        moved = getMetricGroup().counter("remappedItems");
        combine =
                new Combine(
                        combineOptions,
                        getProcessingTimeService(),
                        tally -> output.collect(Tally.TAG, new StreamRecord<>(tally)));
        TaskInfo subtask = getRuntimeContext().getTaskInfo();
        sweeper =
                new Sweeper(
                        sweepOptions,
                        getProcessingTimeService(),
                        Sweeper.bucketsOf(subtask, buckets.count()),
                        this::sweep,
                        Sweeper.outputOf(getContainingTask()));
        codebooks.open(subtask, Stage.INDEX, combine, sweeper);
        inForce = new HashMap<>();
        for (Map.Entry<String, RemapPlans> entry : plans.immutableEntries()) {
            follow(entry.getKey(), entry.getValue());
        }
    }

    @Override
    public void processElement1(StreamRecord<AssignedItem> element) throws Exception {
        sweeper.noteInput();
        AssignedItem arrival = element.getValue();
        IndexedItem known = items.get(arrival.itemId());
        switch (arrival.source()) {
            case ARRIVAL -> arrive(arrival, known);
            case BACKFILL -> backfill(arrival, known);
        }
    }

    @Override
    public void processElement2(StreamRecord<ControlChange> element) throws Exception {
        ControlChange change = element.getValue();
        String version = change.codebookVersion();
        if (change.codebook() != null) {
            codebooks.apply(change.codebook());
            if (codebooks.isRetired(version)) {
                plans.remove(version);
                inForce.remove(version);
            }
        } else if (!codebooks.isRetired(version)) {
            plan(version, change.remap().record());
        }
    }

    private void plan(String version, SpecificRecordBase decision) throws Exception {
        RemapPlans before = plans.contains(version) ? plans.get(version) : RemapPlans.NONE;
        RemapPlans after = before;
        if (decision instanceof RemapPlan plan) {
            after = before.with(plan);
        } else if (decision instanceof RemapPlanStatus step) {
            after = before.with(step);
        }
        if (!after.equals(before)) {
            plans.put(version, after);
        }
        if (after.epoch() != before.epoch()) {
            follow(version, after);
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        combine.flush();
    }

    @Override
    public void finish() throws Exception {
        combine.flush();
        super.finish();
    }

    /** Arrivals follow the plan in force from now on, and the items that are indexed soon. */
    private void follow(String version, RemapPlans versionsPlans) {
        if (versionsPlans.inForce() != null) {
            inForce.put(version, PlanInForce.of(versionsPlans.inForce()));
            sweeper.begin(version);
        }
    }

    private void arrive(AssignedItem arrival, IndexedItem known) throws Exception {
        if (arrival.isDeletion()) {
            if (known != null && !known.deleted()) {
                items.put(arrival.itemId(), delete(arrival, known));
            }
        } else if (known != null && known.isNewerThan(arrival)) {
            stale.inc();
        } else {
            items.put(arrival.itemId(), apply(arrival, known));
        }
    }

    private void backfill(AssignedItem arrival, IndexedItem known) throws Exception {
        if (known != null && known.isAt(arrival.place())) {
            items.put(arrival.itemId(), apply(arrival, known));
        } else {
            superseded.inc();
        }
    }

    /** The item without versions; whatever was published about it is taken back. */
    private IndexedItem delete(AssignedItem arrival, IndexedItem known) {
        long sequence = known.sequence() + 1;
        for (VersionEntry entry : known.versions()) {
            if (codebooks.isRetired(entry.codebookVersion())) {
                continue; // a sweep would take it out soon
            }
            combine.remove(entry.codebookVersion(), entry.codes(), entry.residuals());
            out.collect(
                    new PathChange(
                            PathChange.Kind.DELETE,
                            entry.path(),
                            new ItemChange(
                                    arrival.itemId(),
                                    sequence,
                                    UpdateReason.DELETED,
                                    NO_CODES,
                                    plan(entry.codebookVersion()).epoch(),
                                    known.revision(),
                                    arrival.eventTime())));
        }
        // A deletion has no revision of its own. It stands behind the last embedding.
        return new IndexedItem(
                arrival.place(), known.explicitRevision(), sequence, true, List.of());
    }

    /** The item with the arrival's codes; moves are sent for the versions where it changes. */
    private IndexedItem apply(AssignedItem arrival, IndexedItem known) {
        List<VersionEntry> versions = new ArrayList<>(known == null ? List.of() : known.versions());
        long sequence = (known == null ? 0 : known.sequence()) + 1;
        boolean changed = false;
        for (Assignment assignment : arrival.assignments()) {
            String version = assignment.codebookVersion();
            if (codebooks.isRetired(version)) {
                continue; // Assign heard of it later than this subtask
            }
            int[] codes = assignment.codes();
            VersionEntry former = known == null ? null : known.under(version);
            VersionEntry entry =
                    new VersionEntry(
                            version,
                            codes,
                            assignment.residuals(),
                            plan(version).droppedLayer(codes));
            if (arrival.source() == AssignedItem.Source.ARRIVAL) {
                combine.arrive(version, codes, entry.residuals());
            }
            combine.add(version, codes, entry.residuals());
            if (former == null) {
                versions.add(entry);
            } else {
                combine.remove(version, former.codes(), former.residuals());
                versions.set(versions.indexOf(former), entry);
            }
            if (former == null || !former.isPublishedAs(entry)) {
                changed = true;
                move(former, entry, change(arrival, sequence, former, entry));
            }
        }
        if (!changed) {
            unchanged.inc();
            sequence--;
        }
        return new IndexedItem(
                arrival.place(), arrival.explicitRevision(), sequence, false, versions);
    }

    private ItemChange change(
            AssignedItem arrival, long sequence, VersionEntry former, VersionEntry entry) {
        return new ItemChange(
                arrival.itemId(),
                sequence,
                reason(arrival, former, entry),
                entry.codes(),
                plan(entry.codebookVersion()).epoch(),
                arrival.revision(),
                arrival.eventTime());
    }

    private static UpdateReason reason(
            AssignedItem arrival, VersionEntry former, VersionEntry entry) {
        if (arrival.source() == AssignedItem.Source.BACKFILL) {
            return UpdateReason.BACKFILL;
        }
        if (former == null) {
            return UpdateReason.NEW;
        }
        return Arrays.equals(former.codes(), entry.codes())
                ? UpdateReason.REMAP // a plan that has not swept the item yet
                : UpdateReason.EMBEDDING_CHANGED;
    }

    private void move(VersionEntry former, VersionEntry entry, ItemChange change) {
        SidPath to = entry.path();
        if (former == null) {
            out.collect(new PathChange(PathChange.Kind.JOIN, to, change));
            return;
        }
        SidPath from = former.path();
        if (from.equals(to)) {
            out.collect(new PathChange(PathChange.Kind.STAY, to, change));
        } else {
            out.collect(new PathChange(PathChange.Kind.LEAVE, from, change));
            out.collect(new PathChange(PathChange.Kind.JOIN, to, change));
        }
    }

    private int sweep(int bucket, String version) throws Exception {
        setCurrentKey(bucket);
        return codebooks.isRetired(version) ? erase(version) : remap(version);
    }

    /** Takes a retired version out of the items of the current bucket. */
    private int erase(String version) throws Exception {
        int looked = 0;
        long erased = 0;
        for (Map.Entry<String, IndexedItem> entry : items.entries()) {
            looked++;
            IndexedItem item = entry.getValue();
            VersionEntry former = item.under(version);
            if (former != null) {
                List<VersionEntry> others = new ArrayList<>(item.versions());
                others.remove(former);
                entry.setValue(item.with(item.sequence(), others));
                erased++;
            }
        }
        swept.remove(version);
        codebooks.erased(version, erased);
        return looked;
    }

    /** Brings the plan in force to the items of the current bucket. */
    private int remap(String version) throws Exception {
        PlanInForce plan = plan(version);
        Long done = swept.get(version);
        if (done != null && done >= plan.epoch()) {
            return 0;
        }
        int looked = 0;
        long movedHere = 0;
        for (Map.Entry<String, IndexedItem> entry : items.entries()) {
            looked++;
            IndexedItem item = entry.getValue();
            VersionEntry former = item.under(version);
            if (former != null && plan.droppedLayer(former.codes()) != former.droppedLayer()) {
                movedHere++;
                entry.setValue(remap(entry.getKey(), item, former, plan));
            }
        }
        swept.put(version, plan.epoch());
        combine.sweep(version, plan.epoch(), movedHere);
        moved.inc(movedHere);
        return looked;
    }

    private IndexedItem remap(
            String itemId, IndexedItem item, VersionEntry former, PlanInForce plan) {
        VersionEntry entry =
                new VersionEntry(
                        former.codebookVersion(),
                        former.codes(),
                        former.residuals(),
                        plan.droppedLayer(former.codes()));
        List<VersionEntry> versions = new ArrayList<>(item.versions());
        versions.set(versions.indexOf(former), entry);
        long sequence = item.sequence() + 1;
        move(
                former,
                entry,
                new ItemChange(
                        itemId,
                        sequence,
                        UpdateReason.REMAP,
                        entry.codes(),
                        plan.epoch(),
                        item.revision(),
                        plan.decidedAt()));
        return item.with(sequence, versions);
    }

    private PlanInForce plan(String version) {
        return inForce.getOrDefault(version, PlanInForce.NONE);
    }
}
