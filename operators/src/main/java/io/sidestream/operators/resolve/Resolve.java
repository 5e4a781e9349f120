package io.sidestream.operators.resolve;

import static io.sidestream.sid.Disambiguation.NO_ORDINAL;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.FixedOption;
import io.sidestream.operators.PathFormat;
import io.sidestream.operators.index.PathChange;
import io.sidestream.operators.resolve.PathMembers.Few;
import io.sidestream.operators.resolve.PathMembers.Many;
import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidPath;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Gives every item that joins a path the lowest free ordinal there, and takes it back when the item
 * leaves. An item keeps its ordinal for as long as it stays.
 *
 * <p>Input: {@link PathChange}s, those of an item and a path in order. Key: the path's bucket.
 * State: per bucket, {@link PathMembers} by path, cleared when the last item leaves, and on crowded
 * paths the ordinal of each {@link PathMember}, cleared when it leaves; without disambiguation,
 * ordinals are not kept. Output: {@link ResolvedSid}s for items that join, and for those that leave
 * for good.
 */
public final class Resolve extends KeyedProcessFunction<Integer, PathChange, ResolvedSid>
        implements ResultTypeQueryable<ResolvedSid>, CheckpointedFunction {

    private static final long serialVersionUID = 1L;

    private final Buckets buckets;
    private final Disambiguation disambiguation;

    private transient MapState<SidPath, PathMembers> paths;
    private transient MapState<PathMember, Integer> ordinals;

    public Resolve(Buckets buckets, Disambiguation disambiguation) {
        this.buckets = buckets;
        this.disambiguation = disambiguation;
    }

    @Override
    public TypeInformation<ResolvedSid> getProducedType() {
        return ResolvedSid.TYPE;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        buckets.requireUnchanged(context.getOperatorStateStore());
        FixedOption.requireUnchanged(
                context.getOperatorStateStore(),
                "sidestream.sid.disambiguation",
                disambiguation.toString());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {}

    @Override
    public void open(OpenContext context) {
        paths =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>(
                                        "paths", PathFormat.TYPE, PathMembers.TYPE));
        ordinals =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>("ordinals", PathMember.TYPE, Types.INT));
    }

    @Override
    public void processElement(PathChange change, Context context, Collector<ResolvedSid> out)
            throws Exception {
        SidPath path = change.path();
        String itemId = change.item().itemId();
        switch (change.kind()) {
            case JOIN -> out.collect(new ResolvedSid(change, join(path, itemId)));
            case LEAVE -> leave(path, itemId);
            case DELETE -> {
                leave(path, itemId);
                out.collect(new ResolvedSid(change, NO_ORDINAL));
            }
        }
    }

    private int join(SidPath path, String itemId) throws Exception {
        PathMembers members = paths.get(path);
        if (members == null) {
            members = distinct() ? Few.NONE : Many.NONE;
        }
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

    private void leave(SidPath path, String itemId) throws Exception {
        PathMembers before = paths.get(path);
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
