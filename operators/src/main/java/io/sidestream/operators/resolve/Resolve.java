package io.sidestream.operators.resolve;

import static io.sidestream.sid.Disambiguation.NO_ORDINAL;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.PathFormat;
import io.sidestream.operators.index.PathChange;
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
 * State: per bucket, {@link Occupancy} by path, cleared when the last item leaves, and the ordinal
 * of each {@link PathMember}, cleared when it leaves; without disambiguation, ordinals are not
 * kept. Output: {@link ResolvedSid}s for items that join, and for those that leave for good.
 */
public final class Resolve extends KeyedProcessFunction<Integer, PathChange, ResolvedSid>
        implements ResultTypeQueryable<ResolvedSid>, CheckpointedFunction {

    private static final long serialVersionUID = 1L;

    private final Buckets buckets;
    private final Disambiguation disambiguation;

    private transient MapState<SidPath, Occupancy> paths;
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
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {}

    @Override
    public void open(OpenContext context) {
        paths =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>(
                                        "paths", PathFormat.TYPE, Occupancy.TYPE));
        ordinals =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>("ordinals", PathMember.TYPE, Types.INT));
    }

    @Override
    public void processElement(PathChange change, Context context, Collector<ResolvedSid> out)
            throws Exception {
        switch (change.kind()) {
            case JOIN -> out.collect(new ResolvedSid(change, join(change)));
            case LEAVE -> leave(change);
            case DELETE -> {
                leave(change);
                out.collect(new ResolvedSid(change, NO_ORDINAL));
            }
        }
    }

    private int join(PathChange change) throws Exception {
        Occupancy before = paths.get(change.path());
        Occupancy occupancy = before == null ? Occupancy.NONE : before;
        paths.put(change.path(), occupancy.join());
        if (disambiguation == Disambiguation.NONE) {
            return NO_ORDINAL;
        }
        int ordinal = occupancy.lowestFree();
        ordinals.put(new PathMember(change.path(), change.item().itemId()), ordinal);
        return ordinal;
    }

    private void leave(PathChange change) throws Exception {
        Occupancy before = paths.get(change.path());
        int ordinal = before.bound() - 1; // where ordinals are not kept, only their number counts
        if (disambiguation != Disambiguation.NONE) {
            PathMember member = new PathMember(change.path(), change.item().itemId());
            ordinal = ordinals.get(member);
            ordinals.remove(member);
        }
        Occupancy after = before.leave(ordinal);
        if (after.isEmpty()) {
            paths.remove(change.path());
        } else {
            paths.put(change.path(), after);
        }
    }
}
