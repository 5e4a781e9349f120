package io.sidestream.operators.publish;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.TextFormat;
import io.sidestream.operators.index.ItemChange;
import io.sidestream.operators.index.PathChange;
import io.sidestream.operators.resolve.ResolvedSid;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidPath;
import java.time.Instant;
import java.util.ArrayList;
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
 * Says what became of an item, and what was said before. Two changes of an item come here over
 * different paths and may overtake each other: the later one is published, the earlier one then
 * dropped, so that what is published about an item never goes back.
 *
 * <p>Input: {@link ResolvedSid}s. Key: the item's bucket. State: per bucket, {@link LastPublished}
 * by codebook version and item; a deleted item's stays, without a SID, so that nothing late can
 * bring it back. Output: {@link Publication}s; a deletion is two of them, as the topic is
 * compacted.
 */
public final class Publish extends KeyedProcessFunction<Integer, ResolvedSid, Publication>
        implements ResultTypeQueryable<Publication>, CheckpointedFunction {

    private static final long serialVersionUID = 1L;

    private final Buckets buckets;
    private final PublishOptions options;

    private transient MapState<String, LastPublished> published;
    private transient Counter overtaken;

    public Publish(Buckets buckets, PublishOptions options) {
        this.buckets = buckets;
        this.options = options;
    }

    @Override
    public TypeInformation<Publication> getProducedType() {
        return Publication.TYPE;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        buckets.requireUnchanged(context.getOperatorStateStore());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {}

    @Override
    public void open(OpenContext context) {
        published =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>(
                                        "published", TextFormat.TYPE, LastPublished.TYPE));
        overtaken = getRuntimeContext().getMetricGroup().counter("overtakenChanges");
    }

    @Override
    public void processElement(ResolvedSid sid, Context context, Collector<Publication> out)
            throws Exception {
        ItemChange item = sid.item();
        SidPath path = sid.change().path();
        String version = path.codebookVersion();
        String key = version + '/' + item.itemId(); // a version's name has no slash
        LastPublished last = published.get(key);
        if (last != null && last.sequence() >= item.sequence()) {
            overtaken.inc();
            return;
        }
        boolean deleted = sid.change().kind() == PathChange.Kind.DELETE;
        String text =
                deleted ? "" : options.text().of(path, sid.ordinal(), options.disambiguation());
        published.put(key, new LastPublished(item.sequence(), text));
        String previous = last == null || last.sidText().isEmpty() ? null : last.sidText();
        out.collect(new Publication(version, item.itemId(), update(sid, deleted, text, previous)));
        if (deleted) {
            out.collect(new Publication(version, item.itemId(), null));
        }
    }

    private static SidUpdate update(
            ResolvedSid sid, boolean deleted, String text, String previous) {
        ItemChange item = sid.item();
        return new SidUpdate(
                item.itemId(),
                sid.change().path().codebookVersion(),
                list(item.codes()),
                deleted ? List.of() : tokens(sid.change().path()),
                deleted ? Disambiguation.NO_ORDINAL : sid.ordinal(),
                text,
                previous,
                item.reason(),
                item.remapEpoch(),
                item.revision(),
                item.sequence(),
                Instant.ofEpochMilli(item.eventTime()));
    }

    private static List<SidToken> tokens(SidPath path) {
        List<SidToken> tokens = new ArrayList<>(path.tokens().length);
        for (int layer = 1; layer <= path.tokens().length; layer++) {
            int token = path.tokens()[layer - 1];
            if (token != SidPath.DROPPED) {
                tokens.add(new SidToken(layer, token));
            }
        }
        return tokens;
    }

    private static List<Integer> list(int[] codes) {
        List<Integer> list = new ArrayList<>(codes.length);
        for (int code : codes) {
            list.add(code);
        }
        return list;
    }
}
