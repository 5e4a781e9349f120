package io.sidestream.operators.watch;

import io.sidestream.hourglass.AlertRule;
import io.sidestream.hourglass.Hourglass;
import io.sidestream.hourglass.PathSkew;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.operators.Announcement;
import io.sidestream.operators.assign.StoreAccess;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.control.ControlChange;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.RetirementProgress;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Watches what the catalog looks like under each codebook version: adds up the tallies of the other
 * stages, reports the skew of every layer at regular times, opens and resolves alerts, and decides
 * about remap plans. A version that is being filled, a SHADOW, is reported on only; a version that
 * no subtask has loaded yet is not even reported on.
 *
 * <p>Input: {@link Tally}s, and every {@link ControlChange}. Key: the codebook version. State: the
 * version's last manifest, whether it was ever loaded, when it was last reported on, its counts in
 * blocks, its paths, the status of every alert, the {@link RemapLedger}, and the {@link
 * Retirement}. A version that retires has its alerts resolved at once; when the other stages have
 * erased it, all but the last is cleared. Output: {@link Announcement}s, in the order in which they
 * were decided.
 */
public final class Watch extends KeyedCoProcessFunction<String, Tally, ControlChange, Announcement>
        implements ResultTypeQueryable<Announcement> {

    private static final long serialVersionUID = 1L;

    private final WatchOptions options;
    private final RemapOptions remapOptions;
    private final int buckets;
    private final StoreAccess store;

    private transient ValueState<CodebookChange> codebook;
    private transient ValueState<Boolean> loaded;
    private transient ValueState<Long> reported;
    private transient ValueState<Tally.Paths> paths;
    private transient AlertDesk alerts;
    private transient ValueState<RemapLedger> ledger;
    private transient ValueState<Retirement> retirement;
    private transient CountBlocks counts;
    private transient References references;
    private transient Map<String, Gauges> gauges;

    /**
     * @param buckets that a sweep of the index reaches before it is done
     * @param store where codebooks are
     */
    public Watch(WatchOptions options, RemapOptions remapOptions, int buckets, StoreAccess store) {
        this.options = options;
        this.remapOptions = remapOptions;
        this.buckets = buckets;
        this.store = store;
    }

    @Override
    public TypeInformation<Announcement> getProducedType() {
        return Announcement.TYPE;
    }

    @Override
    public void open(OpenContext context) {
        codebook =
                getRuntimeContext()
                        .getState(new ValueStateDescriptor<>("codebook", CodebookChange.TYPE));
        loaded = getRuntimeContext().getState(new ValueStateDescriptor<>("loaded", Types.BOOLEAN));
        reported = getRuntimeContext().getState(new ValueStateDescriptor<>("reported", Types.LONG));
        paths = getRuntimeContext().getState(new ValueStateDescriptor<>("paths", Tally.Paths.TYPE));
        alerts = new AlertDesk(options.alerts(), getRuntimeContext());
        ledger =
                getRuntimeContext()
                        .getState(new ValueStateDescriptor<>("remaps", RemapLedger.TYPE));
        retirement =
                getRuntimeContext()
                        .getState(new ValueStateDescriptor<>("retirement", Retirement.TYPE));
        counts = new CountBlocks(getRuntimeContext());
        references = new References(store);
        gauges = new HashMap<>();
    }

    @Override
    public void processElement1(Tally tally, Context context, Collector<Announcement> out)
            throws Exception {
        long now = context.timerService().currentProcessingTime();
        if (tally.erasures().isEmpty() && loaded.value() == null) {
            loaded.update(true);
        }
        counts.addToStanding(tally.standing());
        counts.addToSlice(options.slice(now), tally.arrivals());
        if (!tally.paths().equals(Tally.Paths.NONE)) {
            paths.update(paths().plus(tally.paths()));
        }
        if (!tally.sweeps().isEmpty()) {
            RemapDesk desk = desk(tally.codebookVersion(), now, out);
            tally.sweeps().forEach(desk::sweep);
            save(desk);
        }
        if (!tally.erasures().isEmpty()) {
            Retirement after = retirement();
            for (Tally.Erasure erasure : tally.erasures()) {
                after = after.plus(erasure);
            }
            retirement.update(after);
        }
        evaluateLater(context);
    }

    @Override
    public void processElement2(ControlChange change, Context context, Collector<Announcement> out)
            throws Exception {
        String version = change.codebookVersion();
        long now = context.timerService().currentProcessingTime();
        if (change.remap() != null) {
            if (retirement().done() && !(change.remap().record() instanceof RemapRequest)) {
                return; // what was decided about it before; requests are to be refused
            }
            RemapDesk desk = desk(version, now, out);
            desk.read(change.remap().record());
            save(desk);
        } else {
            codebook.update(change.codebook());
            references.forget(version);
            if (!change.codebook().isLive()) {
                retire(version, now, out);
            }
        }
        evaluateLater(context);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Announcement> out)
            throws Exception {
        String version = context.getCurrentKey();
        long now = context.timerService().currentProcessingTime();
        RemapDesk desk = desk(version, now, out);
        if (codebook.value() == null || loaded.value() == null || isRetired()) {
            desk.refuseRequests();
            save(desk);
            if (isRetired()) {
                followRetirement(version, Instant.ofEpochMilli(now), out);
            }
            return; // the next change sets the next timer
        }
        // On a busy machine, and after a restart, timers of several times may fire in one interval.
        if (reported.value() == null || reported.value() < lastDue(now)) {
            evaluate(version, now, desk, out);
            save(desk);
            reported.update(lastDue(now));
        }
        evaluateLater(context);
    }

    /** At the next multiple of the interval; asked for twice, it happens once. */
    private void evaluateLater(Context context) {
        long now = context.timerService().currentProcessingTime();
        context.timerService()
                .registerProcessingTimeTimer(lastDue(now) + options.interval().toMillis());
    }

    /**
     * The last multiple of the interval: what reports are dated. Versions are evaluated one after
     * the other, and yet their reports of one time must be told to be so.
     */
    private long lastDue(long now) {
        return now - Math.floorMod(now, options.interval().toMillis());
    }

    private void evaluate(String version, long now, RemapDesk desk, Collector<Announcement> out)
            throws Exception {
        CodebookManifest manifest = codebook.value().manifest();
        int[] sizes = manifest.getLayerSizes().stream().mapToInt(Integer::intValue).toArray();
        Instant at = Instant.ofEpochMilli(lastDue(now));
        CountBlocks.Sums sums =
                counts.read(sizes, options.slice(now - options.window().toMillis()) + 1);
        Tally.Paths known = paths();
        Hourglass standing =
                measure(
                        manifest,
                        sums.standing(),
                        PathSkew.of(known.members(), known.distinct(), known.singletons(), sizes));
        Hourglass window = measure(manifest, sums.window(), null);

        // Of a version that is still being filled there is no saying whether it is skewed.
        List<AlertRule> open =
                manifest.getStatus() == CodebookStatus.SHADOW
                        ? List.of()
                        : alerts.evaluate(
                                version,
                                standing,
                                window,
                                at,
                                alert -> announce(out, version, alert));
        desk.decide(standing, sums.standing().tokens(), triggers(open));
        long epoch = desk.ledger().plans().epoch();
        announce(out, version, Reports.standing(version, at, standing, sums.standing(), epoch));
        announce(
                out,
                version,
                Reports.window(
                        version, at, window, sums.window(), epoch, options.window().toMillis()));
        gauges.computeIfAbsent(
                        version,
                        name ->
                                Gauges.register(
                                        getRuntimeContext().getMetricGroup(), name, sizes.length))
                .show(standing, window, epoch, open.size());
    }

    /** Alerts of the remapped layer call for a plan; those of the window come too early. */
    private List<String> triggers(List<AlertRule> open) {
        return open.stream()
                .filter(rule -> !rule.window() && rule.layer() == remapOptions.layer())
                .map(AlertRule::toString)
                .toList();
    }

    private Hourglass measure(CodebookManifest manifest, TokenCounts counted, PathSkew pathSkew) {
        Reference reference = references.of(manifest);
        List<Hourglass.Layer> layers = new ArrayList<>();
        for (int layer = 1; layer <= counted.tokens().length; layer++) {
            long[] tokens = counted.tokens()[layer - 1];
            layers.add(
                    new Hourglass.Layer(
                            TokenSkew.of(tokens),
                            reference.quantizationError(layer, counted.quantizationError(layer)),
                            reference.drift(layer, tokens)));
        }
        return new Hourglass(counted.items(), layers, pathSkew);
    }

    @Override
    public void close() {
        if (references != null) {
            references.close();
        }
    }

    private void retire(String version, long now, Collector<Announcement> out) throws Exception {
        alerts.retire(version, Instant.ofEpochMilli(now), alert -> announce(out, version, alert));
        RemapDesk desk = desk(version, now, out);
        desk.retire();
        save(desk);
        Gauges shown = gauges.get(version);
        if (shown != null) {
            shown.show(null, null, 0, 0);
        }
    }

    /** Tells how far a retired version is erased; when it is, forgets it here as well. */
    private void followRetirement(String version, Instant at, Collector<Announcement> out)
            throws Exception {
        Retirement known = retirement();
        announce(
                out,
                version,
                new RetirementProgress(version, known.progress(buckets), known.items(), at));
        if (known.isComplete(buckets)) {
            codebook.clear();
            loaded.clear();
            reported.clear();
            paths.clear();
            counts.clear();
            ledger.clear();
            gauges.remove(version);
            retirement.update(known.asDone());
        }
    }

    private Retirement retirement() throws IOException {
        return retirement.value() == null ? Retirement.NONE : retirement.value();
    }

    private boolean isRetired() throws IOException {
        return codebook.value() != null && !codebook.value().isLive();
    }

    private Tally.Paths paths() throws IOException {
        return paths.value() == null ? Tally.Paths.NONE : paths.value();
    }

    private RemapDesk desk(String version, long now, Collector<Announcement> out)
            throws IOException {
        return new RemapDesk(
                version,
                remapOptions,
                buckets,
                ledger.value() == null ? RemapLedger.NONE : ledger.value(),
                now,
                record -> announce(out, version, record));
    }

    private void save(RemapDesk desk) throws IOException {
        if (desk.ledger().equals(RemapLedger.NONE)) {
            ledger.clear();
        } else {
            ledger.update(desk.ledger());
        }
    }

    private static void announce(
            Collector<Announcement> out, String version, SpecificRecordBase record) {
        out.collect(Announcement.of(version, record));
    }
}
