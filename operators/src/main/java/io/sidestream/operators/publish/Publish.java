package io.sidestream.operators.publish;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.TextFormat;
import io.sidestream.operators.combine.Combine;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.combine.Tally.Stage;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.index.ItemChange;
import io.sidestream.operators.index.PathChange;
import io.sidestream.operators.resolve.ResolvedSid;
import io.sidestream.operators.sweep.CodebookVersions;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.sweep.Sweeper;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Says what became of an item, and what was said before. Two changes of an item come here over
 * different paths and may overtake each other: the later one is published, the earlier one then
 * dropped, so that what is published about an item never goes back.
 *
 * <p>Input: {@link ResolvedSid}s, and every {@link CodebookChange}, broadcast. Key of the former:
 * the item's bucket. State: per bucket, {@link LastPublished} by codebook version and item; a
 * deleted item's stays, without a SID, so that nothing late can bring it back. A sweep clears those
 * of a version that retires; nothing is published of that. Also the {@link CodebookVersions}, and
 * the format of every version's {@link SidTexts}, until it retires. Output: {@link Publication}s; a
 * deletion is two of them, as the topic is compacted. How far a sweep has come goes to {@link
 * Tally#TAG}.
 *
 * <p>This is an operator rather than a function because only operators hear of a barrier before it
 * passes, and can take a bucket's state in hand without a record of that bucket.
 */
public final class Publish extends AbstractStreamOperator<Publication>
        implements TwoInputStreamOperator<ResolvedSid, CodebookChange, Publication> {

    private static final long serialVersionUID = 1L;

    private final Buckets buckets;
    private final PublishOptions options;
    private final CombineOptions combineOptions;
    private final SweepOptions sweepOptions;

    private transient CodebookVersions codebooks;
    private transient SidTexts texts;
    private transient MapState<String, LastPublished> published;
    private transient Combine combine;
    private transient Sweeper sweeper;
    private transient TimestampedCollector<Publication> out;
    private transient Counter overtaken;

    public Publish(
            Buckets buckets,
            PublishOptions options,
            CombineOptions combineOptions,
            SweepOptions sweepOptions) {
        this.buckets = buckets;
        this.options = options;
        this.combineOptions = combineOptions;
        this.sweepOptions = sweepOptions;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        buckets.requireUnchanged(context.getOperatorStateStore());
        codebooks = new CodebookVersions(context);
        texts = new SidTexts(options.text(), context.getOperatorStateStore());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        codebooks.snapshot();
        texts.snapshot();
    }

    @Override
    public void open() throws Exception {
        super.open();
        published =
                getRuntimeContext()
                        .getMapState(
                                new MapStateDescriptor<>(
                                        "published", TextFormat.TYPE, LastPublished.TYPE));
        combine =
                new Combine(
                        combineOptions,
                        getProcessingTimeService(),
                        tally -> output.collect(Tally.TAG, new StreamRecord<>(tally)));
        out = new TimestampedCollector<>(output);
        overtaken = getMetricGroup().counter("overtakenChanges");
        TaskInfo subtask = getRuntimeContext().getTaskInfo();
        sweeper =
                new Sweeper(
                        sweepOptions,
                        getProcessingTimeService(),
                        Sweeper.bucketsOf(subtask, buckets.count()),
                        this::erase,
                        Sweeper.outputOf(getContainingTask()));
        codebooks.open(subtask, Stage.PUBLISH, combine, sweeper);
    }

    @Override
    public void processElement1(StreamRecord<ResolvedSid> element) throws Exception {
        sweeper.noteInput();
        ResolvedSid sid = element.getValue();
        ItemChange item = sid.item();
        SidPath path = sid.change().path();
        String version = path.codebookVersion();
        if (codebooks.isRetired(version)) {
            return; // Resolve heard of it later than this subtask
        }
        String key = prefix(version) + item.itemId();
        LastPublished last = published.get(key);
        if (last != null && last.sequence() >= item.sequence()) {
            overtaken.inc();
            return;
        }
        boolean deleted = sid.change().kind() == PathChange.Kind.DELETE;
        String text =
                deleted ? "" : texts.of(version).of(path, sid.ordinal(), options.disambiguation());
        published.put(key, new LastPublished(item.sequence(), text));
        String previous = last == null || last.sidText().isEmpty() ? null : last.sidText();
        out.collect(new Publication(version, item.itemId(), update(sid, deleted, text, previous)));
        if (deleted) {
            out.collect(new Publication(version, item.itemId(), null));
        }
    }

    @Override
    public void processElement2(StreamRecord<CodebookChange> element) throws Exception {
        CodebookChange change = element.getValue();
        codebooks.apply(change);
        if (change.isLive()) {
            texts.begin(change.version());
        } else {
            texts.end(change.version());
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

    /** Forgets what was published of a retired version's items in a bucket. */
    private int erase(int bucket, String version) throws Exception {
        setCurrentKey(bucket);
        int looked = 0;
        long erased = 0;
        String prefix = prefix(version);
        Iterator<String> key = published.keys().iterator();
        while (key.hasNext()) {
            looked++;
            if (key.next().startsWith(prefix)) {
                key.remove();
                erased++;
            }
        }
        codebooks.erased(version, erased);
        return looked;
    }

    /** Begins the keys of a version, whose name has no slash. */
    private static String prefix(String version) {
        return version + '/';
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
