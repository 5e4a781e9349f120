package io.sidestream.operators.index;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.TextFormat;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.index.IndexedItem.VersionEntry;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.SidPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Decides what an arrival changes: nothing if it is stale or its codes are known, otherwise a move
 * from the path the item is on, if any, to the one its codes give it.
 *
 * <p>Input: {@link AssignedItem}s, an item's in the order of its Kafka partition. Key: the item's
 * bucket. State: per bucket, {@link IndexedItem} by item id; a deleted item's entry shrinks to its
 * revision and sequence and stays, so that nothing late can bring it back. Output: {@link
 * PathChange}s, the leaving before the joining.
 */
public final class Index extends KeyedProcessFunction<Integer, AssignedItem, PathChange>
        implements ResultTypeQueryable<PathChange>, CheckpointedFunction {

    private static final long serialVersionUID = 1L;
    private static final int[] NO_CODES = {};

    private final Buckets buckets;

    private transient MapState<String, IndexedItem> items;
    private transient Counter stale;
    private transient Counter unchanged;

    public Index(Buckets buckets) {
        this.buckets = buckets;
    }

    @Override
    public TypeInformation<PathChange> getProducedType() {
        return PathChange.TYPE;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        buckets.requireUnchanged(context.getOperatorStateStore());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {}

    @Override
    public void open(OpenContext context) {
        items =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>(
                                        "items", TextFormat.TYPE, IndexedItem.TYPE));
        stale = getRuntimeContext().getMetricGroup().counter("staleRevisions");
        unchanged = getRuntimeContext().getMetricGroup().counter("unchangedItems");
    }

    @Override
    public void processElement(AssignedItem arrival, Context context, Collector<PathChange> out)
            throws Exception {
        IndexedItem known = items.get(arrival.itemId());
        if (arrival.isDeletion()) {
            if (known != null && !known.isDeleted()) {
                items.put(arrival.itemId(), delete(arrival, known, out));
            }
        } else if (known != null && known.isNewerThan(arrival)) {
            stale.inc();
        } else {
            items.put(arrival.itemId(), apply(arrival, known, out));
        }
    }

    /** The item without versions; whatever was published about it is taken back. */
    private static IndexedItem delete(
            AssignedItem arrival, IndexedItem known, Collector<PathChange> out) {
        long sequence = known.sequence() + 1;
        for (VersionEntry entry : known.versions()) {
            out.collect(
                    new PathChange(
                            PathChange.Kind.DELETE,
                            path(entry),
                            new ItemChange(
                                    arrival.itemId(),
                                    sequence,
                                    UpdateReason.DELETED,
                                    NO_CODES,
                                    entry.remapEpoch(),
                                    known.revision(),
                                    arrival.eventTime())));
        }
        // A deletion has no revision of its own. It stands behind the last embedding: at that one's
        // number if the producer numbers them, otherwise at its own offset.
        long revision = known.explicitRevision() ? known.revision() : arrival.revision();
        return new IndexedItem(revision, known.explicitRevision(), sequence, List.of());
    }

    /** The item with the arrival's codes; moves are sent for the versions whose codes changed. */
    private IndexedItem apply(AssignedItem arrival, IndexedItem known, Collector<PathChange> out) {
        List<VersionEntry> before = known == null ? List.of() : known.versions();
        List<VersionEntry> after = new ArrayList<>(before);
        long sequence = (known == null ? 0 : known.sequence()) + 1;
        boolean changed = false;
        for (Assignment assignment : arrival.assignments()) {
            VersionEntry former = known == null ? null : known.under(assignment.codebookVersion());
            if (former != null && Arrays.equals(former.codes(), assignment.codes())) {
                continue;
            }
            changed = true;
            VersionEntry entry =
                    new VersionEntry(assignment.codebookVersion(), assignment.codes(), 0);
            if (former == null) {
                after.add(entry);
            } else {
                after.set(after.indexOf(former), entry);
            }
            move(arrival, former, entry, sequence, out);
        }
        if (!changed) {
            unchanged.inc();
            return new IndexedItem(
                    arrival.revision(), arrival.explicitRevision(), sequence - 1, before);
        }
        return new IndexedItem(arrival.revision(), arrival.explicitRevision(), sequence, after);
    }

    private static void move(
            AssignedItem arrival,
            VersionEntry former,
            VersionEntry entry,
            long sequence,
            Collector<PathChange> out) {
        UpdateReason reason = former == null ? UpdateReason.NEW : UpdateReason.EMBEDDING_CHANGED;
        ItemChange change =
                new ItemChange(
                        arrival.itemId(),
                        sequence,
                        reason,
                        entry.codes(),
                        entry.remapEpoch(),
                        arrival.revision(),
                        arrival.eventTime());
        if (former != null) {
            out.collect(new PathChange(PathChange.Kind.LEAVE, path(former), change));
        }
        out.collect(new PathChange(PathChange.Kind.JOIN, path(entry), change));
    }

    /** The path of an entry: all its codes, as long as no remap plan drops any. */
    private static SidPath path(VersionEntry entry) {
        return new SidPath(entry.codebookVersion(), entry.codes());
    }
}
