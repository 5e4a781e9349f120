package io.sidestream.operators.resolve;

import static io.sidestream.sid.Disambiguation.NO_ORDINAL;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.FixedOption;
import io.sidestream.operators.PathFormat;
import io.sidestream.operators.combine.Combine;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.combine.Tally.Stage;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.index.PathChange;
import io.sidestream.operators.resolve.PathMembers.Few;
import io.sidestream.operators.resolve.PathMembers.Many;
import io.sidestream.operators.sweep.CodebookVersions;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.sweep.Sweeper;
import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidPath;
import java.util.Iterator;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Gives every item that joins a path the lowest free ordinal there, and takes it back when the item
 * leaves. An item keeps its ordinal for as long as it stays.
 *
 * <p>Input: {@link PathChange}s, those of an item and a path in order, and every {@link
 * CodebookChange}, broadcast. Key of the former: the path's bucket. State: per bucket, {@link
 * PathMembers} by path, cleared when the last item leaves, and on crowded paths the ordinal of each
 * {@link PathMember}, cleared when it leaves; without disambiguation, ordinals are not kept. Both
 * are cleared by a sweep when the codebook version retires. Also the {@link CodebookVersions}.
 * Output: {@link ResolvedSid}s for items that join or change, and for those that leave for good;
 * the numbers of paths and their items go to {@link Tally#TAG}.
 *
 * <p>This is an operator rather than a function because only operators hear of a barrier before it
 * passes.
 */
public final class Resolve extends AbstractStreamOperator<ResolvedSid>
        implements TwoInputStreamOperator<PathChange, CodebookChange, ResolvedSid> {

    private static final long serialVersionUID = 1L;

    private final Buckets buckets;
    private final Disambiguation disambiguation;
    private final CombineOptions combineOptions;
    private final SweepOptions sweepOptions;

    private transient CodebookVersions codebooks;
    private transient MapState<SidPath, PathMembers> paths;
    private transient MapState<PathMember, Integer> ordinals;
    private transient Combine combine;
    private transient Sweeper sweeper;
    private transient TimestampedCollector<ResolvedSid> out;

    public Resolve(
            Buckets buckets,
            Disambiguation disambiguation,
            CombineOptions combineOptions,
            SweepOptions sweepOptions) {
        this.buckets = buckets;
        this.disambiguation = disambiguation;
        this.combineOptions = combineOptions;
        this.sweepOptions = sweepOptions;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        buckets.requireUnchanged(context.getOperatorStateStore());
        FixedOption.requireUnchanged(
                context.getOperatorStateStore(),
                "sidestream.sid.disambiguation",
                disambiguation.toString());
        combineOptions.requireUnchanged(context.getOperatorStateStore());
        codebooks = new CodebookVersions(context);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        codebooks.snapshot();
    }

    @Override
    public void open() throws Exception {
        super.open();
        combine =
                new Combine(
                        combineOptions,
                        getProcessingTimeService(),
                        tally -> output.collect(Tally.TAG, new StreamRecord<>(tally)));
        out = new TimestampedCollector<>(output);
        paths =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>(
                                        "paths", PathFormat.TYPE, PathMembers.TYPE));
        ordinals =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>("ordinals", PathMember.TYPE, Types.INT));
        TaskInfo subtask = getRuntimeContext().getTaskInfo();
        sweeper =
                new Sweeper(
                        sweepOptions,
                        getProcessingTimeService(),
                        Sweeper.bucketsOf(subtask, buckets.count()),
                        this::erase,
                        Sweeper.outputOf(getContainingTask()));
        codebooks.open(subtask, Stage.RESOLVE, combine, sweeper);
    }

    @Override
    public void processElement1(StreamRecord<PathChange> element) throws Exception {
        sweeper.noteInput();
        PathChange change = element.getValue();
        SidPath path = change.path();
        if (codebooks.isRetired(path.codebookVersion())) {
            return; // Index heard of it later than this subtask
        }
        String itemId = change.item().itemId();
        switch (change.kind()) {
            case JOIN -> out.collect(new ResolvedSid(change, join(path, itemId)));
            case STAY -> out.collect(new ResolvedSid(change, ordinal(path, itemId)));
            case LEAVE -> leave(path, itemId);
            case DELETE -> {
                leave(path, itemId);
                out.collect(new ResolvedSid(change, NO_ORDINAL));
            }
        }
    }

    @Override
    public void processElement2(StreamRecord<CodebookChange> element) throws Exception {
        codebooks.apply(element.getValue());
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

    /** Takes a retired version's paths out of a bucket. */
    private int erase(int bucket, String version) throws Exception {
        setCurrentKey(bucket);
        int looked = 0;
        long erased = 0;
        Iterator<SidPath> path = paths.keys().iterator();
        while (path.hasNext()) {
            looked++;
            if (path.next().codebookVersion().equals(version)) {
                path.remove();
                erased++;
            }
        }
        Iterator<PathMember> member = ordinals.keys().iterator();
        while (member.hasNext()) {
            looked++;
            if (member.next().path().codebookVersion().equals(version)) {
                member.remove();
            }
        }
        codebooks.erased(version, erased);
        return looked;
    }

    private int join(SidPath path, String itemId) throws Exception {
        PathMembers members = paths.get(path);
        if (members == null) {
            members = distinct() ? Few.NONE : Many.NONE;
        }
        int size = members.size();
        combine.resize(path.codebookVersion(), size, size + 1);
        int ordinal = members.lowestFree();
        if (members instanceof Few few && !few.isFull()) {
            paths.put(path, few.join(itemId));
            return ordinal;
        }
        Many many = members instanceof Few few ? spread(path, few) : (Many) members;
        paths.put(path, many.join());
        if (!distinct()) {
            return NO_ORDINAL;
        }
        ordinals.put(new PathMember(path, itemId), ordinal);
        return ordinal;
    }

    /** A full path's members, moved to entries of their own; it stays so until all have left. */
    private Many spread(SidPath path, Few few) throws Exception {
        Many many = Many.NONE;
        for (String itemId : few.slots()) {
            ordinals.put(new PathMember(path, itemId), many.lowestFree());
            many = many.join();
        }
        return many;
    }

    private int ordinal(SidPath path, String itemId) throws Exception {
        if (!distinct()) {
            return NO_ORDINAL;
        }
        return paths.get(path) instanceof Few few
                ? few.ordinal(itemId)
                : ordinals.get(new PathMember(path, itemId));
    }

    private void leave(SidPath path, String itemId) throws Exception {
        PathMembers before = paths.get(path);
        int size = before.size();
        combine.resize(path.codebookVersion(), size, size - 1);
        PathMembers after =
                before instanceof Few few
                        ? few.leave(itemId)
                        : ((Many) before).leave(giveBack(path, itemId, (Many) before));
        if (after.isEmpty()) {
            paths.remove(path);
        } else {
            paths.put(path, after);
        }
    }

    private int giveBack(SidPath path, String itemId, Many many) throws Exception {
        if (!distinct()) {
            return many.bound() - 1; // nobody has an ordinal: all that counts is how many they are
        }
        PathMember member = new PathMember(path, itemId);
        int ordinal = ordinals.get(member);
        ordinals.remove(member);
        return ordinal;
    }

    private boolean distinct() {
        return disambiguation != Disambiguation.NONE;
    }
}
