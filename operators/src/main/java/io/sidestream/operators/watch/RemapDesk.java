package io.sidestream.operators.watch;

import io.sidestream.hourglass.Hourglass;
import io.sidestream.hourglass.SkewMetric;
import io.sidestream.operators.combine.Tally.Sweep;
import io.sidestream.operators.control.RemapLimits;
import io.sidestream.operators.control.RemapPlans;
import io.sidestream.operators.watch.RemapOptions.Mode;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapRequest;
import io.sidestream.sid.Remap;
import io.sidestream.sid.RemapPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * Decides about one codebook version's remap plans. Works on a {@link RemapLedger} for the time of
 * one call; what it decides are records, for others to read back.
 *
 * <p>A plan is made when somebody asks for it, or when alerts call for it: the first one as it
 * comes, a replacement only if it moves enough items to be worth it and not so many that a person
 * should say so. When no alert calls for a plan any more, the replacement is the empty one.
 */
final class RemapDesk {

    private final String version;
    private final RemapOptions options;
    private final int buckets;
    private final Instant now;
    private final Consumer<SpecificRecordBase> announce;

    private long lastEpoch;
    private RemapPlans plans;
    private boolean applied;
    private RemapPlan rejected;
    private long decidedAt;
    private final List<RemapRequest> requests;
    private final Map<Long, Sweep> sweeps = new TreeMap<>();

    /**
     * @param buckets that a sweep reaches before it is done
     * @param ledger what is known so far
     * @param announce takes the records to be written, in their order
     */
    RemapDesk(
            String version,
            RemapOptions options,
            int buckets,
            RemapLedger ledger,
            long now,
            Consumer<SpecificRecordBase> announce) {
        this.version = version;
        this.options = options;
        this.buckets = buckets;
        this.now = Instant.ofEpochMilli(now);
        this.announce = announce;
        this.lastEpoch = ledger.lastEpoch();
        this.plans = ledger.plans();
        this.applied = ledger.applied();
        this.rejected = ledger.rejected();
        this.decidedAt = ledger.decidedAt();
        this.requests = new ArrayList<>(ledger.requests());
        ledger.sweeps().forEach(sweep -> sweeps.put(sweep.epoch(), sweep));
    }

    /** What is known now. */
    RemapLedger ledger() {
        return new RemapLedger(
                lastEpoch,
                plans,
                applied,
                rejected,
                decidedAt,
                List.copyOf(requests),
                List.copyOf(sweeps.values()));
    }

    /**
     * Takes in a record of {@code sid-remaps}: a request; or the echo of what was announced here,
     * which changes nothing; or a plan that is not from here, because a person wrote it or because
     * the job was started anew, which is followed.
     */
    void read(SpecificRecordBase record) {
        if (record instanceof RemapRequest request) {
            requests.add(request);
        } else if (record instanceof RemapPlan plan) {
            answered(plan.getRequestId());
            if (plan.getEpoch() > lastEpoch) {
                lastEpoch = plan.getEpoch();
                decidedAt = plan.getDecidedAt().toEpochMilli();
                plans = plans.with(plan);
            }
        } else if (record instanceof RemapPlanStatus step) {
            answered(step.getRequestId());
            if (step.getStatus() == PlanStatus.REJECTED && isWaiting(step.getEpoch())) {
                rejected = plans.waiting();
            }
            long before = plans.epoch();
            plans = plans.with(step);
            if (plans.epoch() != before) {
                applied = false;
                forgetSweepsBefore(plans.epoch());
            }
            if (step.getStatus() == PlanStatus.APPLIED && step.getEpoch() == plans.epoch()) {
                applied = true;
            }
            concludeSweep();
        }
    }

    private void answered(String requestId) {
        requests.removeIf(request -> request.getRequestId().equals(requestId));
    }

    /** Takes in how far a sweep has come. */
    void sweep(Sweep progress) {
        if (progress.epoch() >= plans.epoch()) { // of a plan that is not in force, nothing follows
            sweeps.merge(progress.epoch(), progress, Sweep::plus);
            concludeSweep();
        }
    }

    private void concludeSweep() {
        Sweep sweep = sweeps.get(plans.epoch());
        if (plans.inForce() != null && !applied && sweep != null && sweep.buckets() == buckets) {
            applied = true;
            announce(plans.inForce(), PlanStatus.APPLIED, "", "");
        }
    }

    /**
     * Tells how far the plan in force has come, answers requests, and makes a plan if one is due.
     *
     * @param hourglass of the live items
     * @param counts the live items per token, one array a layer
     * @param triggers alerts that call for a plan; empty: none does
     */
    void decide(Hourglass hourglass, long[][] counts, List<String> triggers) {
        if (plans.inForce() != null && !applied) {
            announce(plans.inForce(), PlanStatus.APPLYING, "", "");
        }
        for (RemapRequest request : List.copyOf(requests)) {
            answer(request, hourglass, counts);
        }
        requests.clear();
        if (rejected != null && isEmpty(rejected) != triggers.isEmpty()) {
            rejected = null; // what called for it is over
        }
        if (isDue(triggers, counts)) {
            decideUnasked(hourglass, counts, triggers);
        }
    }

    /** The version is going: nothing new is decided about it. The plan in force stays so. */
    void retire() {
        if (plans.waiting() != null) {
            announce(plans.waiting(), PlanStatus.REJECTED, "the codebook version is retired", "");
            plans = new RemapPlans(plans.inForce(), null);
        }
        refuseRequests();
    }

    /** Nobody knows the version: requests cannot be met. */
    void refuseRequests() {
        requests.forEach(request -> refuse(request, "the codebook version is not live"));
        requests.clear();
    }

    private void answer(RemapRequest request, Hourglass hourglass, long[][] counts) {
        String id = request.getRequestId();
        switch (request.getAction()) {
            case PROPOSE, APPLY -> {
                if (makePlan(request, hourglass, counts)
                        && request.getAction() == RemapAction.APPLY) {
                    enforce(id);
                }
            }
            case APPROVE -> {
                if (waits(request)) {
                    announce(plans.waiting(), PlanStatus.APPROVED, by(request), id);
                    enforce(id);
                }
            }
            case REJECT -> {
                if (waits(request)) {
                    rejected = plans.waiting();
                    plans = new RemapPlans(plans.inForce(), null);
                    announce(rejected, PlanStatus.REJECTED, by(request), id);
                }
            }
        }
    }

    /** Makes the plan that a request describes, if that is possible. */
    private boolean makePlan(RemapRequest request, Hourglass hourglass, long[][] counts) {
        int layer = request.getLayer();
        if (layer < 1 || layer > counts.length) {
            refuse(
                    request,
                    "there is no layer %d: the codebook has %d".formatted(layer, counts.length));
            return false;
        }
        plan(
                RemapPolicy.of(request.getPolicy(), request.getParameter()),
                layer,
                hourglass,
                counts,
                request.getRequestedBy(),
                request.getRequestId(),
                "");
        return true;
    }

    private static String by(RemapRequest request) {
        return "by " + request.getRequestedBy();
    }

    private boolean waits(RemapRequest request) {
        if (isWaiting(request.getEpoch())) {
            return true;
        }
        refuse(
                request,
                plans.waiting() == null
                        ? "no plan waits for approval"
                        : "plan %d does not wait for approval, but plan %d does"
                                .formatted(request.getEpoch(), plans.waiting().getEpoch()));
        return false;
    }

    private boolean isWaiting(long epoch) {
        return plans.waiting() != null && plans.waiting().getEpoch() == epoch;
    }

    private void refuse(RemapRequest request, String why) {
        announce.accept(
                RemapPlanStatus.newBuilder()
                        .setCodebookVersion(version)
                        .setEpoch(0)
                        .setStatus(PlanStatus.REJECTED)
                        .setAt(now)
                        .setMessage(why)
                        .setRequestId(request.getRequestId())
                        .build());
    }

    /** Whether it is time to look for a plan that nobody asked for. */
    private boolean isDue(List<String> triggers, long[][] counts) {
        if (options.mode() == Mode.OFF
                || options.layer() > counts.length
                || (plans.inForce() != null && !applied)
                || (lastEpoch > 0
                        && now.toEpochMilli() - decidedAt < options.cooldown().toMillis())) {
            return false;
        }
        // What a person asked for stays until a person asks for something else, or an alert does.
        return !triggers.isEmpty()
                || (!isEmpty(plans.inForce()) && plans.inForce().getRequestId().isEmpty());
    }

    private void decideUnasked(Hourglass hourglass, long[][] counts, List<String> triggers) {
        RemapPolicy policy = triggers.isEmpty() ? new RemapPolicy.None() : options.policy();
        Remap candidate = policy.remap(options.layer(), counts[options.layer() - 1]);
        boolean first = isEmpty(plans.inForce());
        double share = share(itemsBetween(remap(plans.inForce()), candidate, counts), hourglass);
        boolean held = !first && share > options.churnBudget();
        boolean waits = options.mode() == Mode.PROPOSE || held;
        if (share == 0
                || (!first && share <= options.replanAbove())
                || (waits && isAlike(plans.waiting(), candidate, hourglass, counts))
                || isAlike(rejected, candidate, hourglass, counts)) {
            return;
        }
        String why = triggers.isEmpty() ? "no alert is open any more" : String.join(", ", triggers);
        plan(
                policy,
                options.layer(),
                hourglass,
                counts,
                why,
                "",
                held
                        ? String.format(
                                Locale.ROOT,
                                "held back: it would move %.1f%% of the items, and the churn budget"
                                        + " is %.1f%%",
                                100 * share,
                                100 * options.churnBudget())
                        : "");
        if (!waits) {
            enforce("");
        }
    }

    /** Whether a plan was proposed already that does nearly the same. */
    private boolean isAlike(RemapPlan plan, Remap candidate, Hourglass hourglass, long[][] counts) {
        return plan != null
                && share(itemsBetween(remap(plan), candidate, counts), hourglass)
                        <= options.replanAbove();
    }

    /** Makes a plan, which waits; one that waited before will not be decided about any more. */
    private void plan(
            RemapPolicy policy,
            int layer,
            Hourglass hourglass,
            long[][] counts,
            String decidedBy,
            String requestId,
            String message) {
        if (plans.waiting() != null) {
            announce(plans.waiting(), PlanStatus.SUPERSEDED, "", "");
        }
        Remap remap = policy.remap(layer, counts[layer - 1]);
        RemapPlan plan =
                RemapPlan.newBuilder()
                        .setCodebookVersion(version)
                        .setEpoch(++lastEpoch)
                        .setLayer(layer)
                        .setPolicy(policy.kind())
                        .setParameter(policy.parameter())
                        .setHeadTokens(remap.bitmap())
                        .setItems(hourglass.items())
                        .setItemsToMove(itemsBetween(remap(plans.inForce()), remap, counts))
                        .setHeadItems(headItems(remap, counts))
                        .setSkewBefore(skew(hourglass, layer))
                        .setDecidedAt(now)
                        .setDecidedBy(RemapLimits.cut(decidedBy, RemapLimits.MAX_NAME))
                        .setRequestId(requestId)
                        .build();
        decidedAt = now.toEpochMilli();
        plans = plans.with(plan);
        announce.accept(plan);
        announce(plan, PlanStatus.PLANNED, message, requestId);
    }

    /** Puts the plan that waits in force. */
    private void enforce(String requestId) {
        if (plans.inForce() != null) {
            announce(plans.inForce(), PlanStatus.SUPERSEDED, "", "");
        }
        plans = new RemapPlans(plans.waiting(), null);
        applied = false;
        forgetSweepsBefore(plans.epoch());
        announce(plans.inForce(), PlanStatus.APPLYING, "", requestId);
    }

    private void forgetSweepsBefore(long epoch) {
        sweeps.keySet().removeIf(other -> other < epoch);
    }

    private void announce(RemapPlan plan, PlanStatus status, String message, String requestId) {
        Sweep sweep = sweeps.getOrDefault(plan.getEpoch(), new Sweep(plan.getEpoch(), 0, 0));
        announce.accept(
                RemapPlanStatus.newBuilder()
                        .setCodebookVersion(version)
                        .setEpoch(plan.getEpoch())
                        .setStatus(status)
                        .setItemsMoved(sweep.moved())
                        .setProgress((double) sweep.buckets() / buckets)
                        .setAt(now)
                        .setMessage(RemapLimits.cut(message, RemapLimits.MAX_MESSAGE))
                        .setRequestId(requestId)
                        .build());
    }

    private static boolean isEmpty(RemapPlan plan) {
        return Remap.of(plan).isEmpty();
    }

    private static Remap remap(RemapPlan plan) {
        return isEmpty(plan) ? Remap.NONE : Remap.of(plan);
    }

    /**
     * The items whose path differs between two plans. For plans of different layers it is as many
     * as there can be: counts do not tell of which items both drop a token.
     */
    private static long itemsBetween(Remap one, Remap other, long[][] counts) {
        if (one.layer() != other.layer()) {
            return Math.min(
                    LongStream.of(counts[0]).sum(),
                    headItems(one, counts) + headItems(other, counts));
        }
        long[] layer = layer(one, counts);
        BitSet changed = one.head(layer.length);
        changed.xor(other.head(layer.length));
        return items(changed, layer);
    }

    private static long headItems(Remap remap, long[][] counts) {
        long[] layer = layer(remap, counts);
        return items(remap.head(layer.length), layer);
    }

    private static long[] layer(Remap remap, long[][] counts) {
        return remap.layer() <= counts.length ? counts[remap.layer() - 1] : new long[0];
    }

    private static long items(BitSet tokens, long[] counts) {
        return tokens.stream().mapToLong(token -> counts[token]).sum();
    }

    private static double share(long items, Hourglass hourglass) {
        return hourglass.items() == 0 ? 0 : Math.min(1, (double) items / hourglass.items());
    }

    private static Map<String, Double> skew(Hourglass hourglass, int layer) {
        Map<String, Double> skew = new TreeMap<>();
        for (SkewMetric metric : SkewMetric.values()) {
            hourglass.value(metric, layer).ifPresent(value -> skew.put(metric.toString(), value));
        }
        return skew;
    }
}
