package io.sidestream.local.report;

import static io.sidestream.local.report.Trend.evenness;

import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.ReportScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was reported of one codebook version, in little memory however much that is. */
final class VersionHistory {

    /** Buckets of a trend; two reports of each are drawn. */
    private static final int MOST_BUCKETS = 1000;

    private static final long TELLING_ITEMS_PER_TOKEN = 10;

    /** An alert from when it was raised (null: before the topic's memory) to its end, or null. */
    record Episode(HourglassAlert opened, HourglassAlert resolved) {

        /** What both have in common. */
        HourglassAlert either() {
            return opened != null ? opened : resolved;
        }
    }

    /**
     * A report whose token counts are kept.
     *
     * @param report without its counts
     * @param layers the counts of every layer
     */
    record Moment(String label, HourglassReport report, List<Counts> layers) {}

    /**
     * The counts of a layer; one of the two is empty.
     *
     * @param counts items per token
     * @param rankBins items per bin of {@link io.sidestream.hourglass.RankHistogram}
     */
    record Counts(List<Long> counts, List<Long> rankBins) {}

    private final String version;
    private final List<PlanLife> plans;
    private final Instant since;
    private final PlanLife shownPlan;
    private final Map<ReportScope, Trend> trends = new EnumMap<>(ReportScope.class);
    private final Map<String, Episode> episodes = new LinkedHashMap<>();
    private Moment mostEven;
    private Moment mostSkewed;
    private Moment beforePlan;
    private Moment latest;

    /**
     * @param plans of this version, in their order
     * @param since leaves out what was reported before
     */
    VersionHistory(String version, List<PlanLife> plans, Instant since) {
        this.version = version;
        this.plans = List.copyOf(plans);
        this.since = since;
        this.shownPlan =
                plans.stream()
                        .filter(plan -> inForceAt(plan) != null && !inForceAt(plan).isBefore(since))
                        .reduce((earlier, later) -> later)
                        .orElse(null);
    }

    /** When arrivals began to follow a plan; null: they never did. */
    static Instant inForceAt(PlanLife plan) {
        return plan.steps().stream()
                .filter(
                        step ->
                                step.getStatus() == PlanStatus.APPLYING
                                        || step.getStatus() == PlanStatus.APPLIED)
                .map(RemapPlanStatus::getAt)
                .findFirst()
                .orElse(null);
    }

    /** Takes the next report, and its counts away from it. */
    void add(HourglassReport report) {
        if (report.getAt().isBefore(since)) {
            return;
        }
        if (report.getScope() == ReportScope.STANDING) {
            List<Counts> counts =
                    report.getLayers().stream()
                            .map(layer -> new Counts(layer.getCounts(), layer.getRankBins()))
                            .toList();
            latest = new Moment("Latest", report, counts);
            if (isTelling(report)) {
                if (mostEven == null || evenness(report) > evenness(mostEven.report())) {
                    mostEven = new Moment("Most even", report, counts);
                }
                if (mostSkewed == null || evenness(report) < evenness(mostSkewed.report())) {
                    mostSkewed = new Moment("Most skewed", report, counts);
                }
            }
            // The report of the evaluation that applies a plan counts the plan as in force.
            if (shownPlan != null
                    && report.getRemapEpoch() < shownPlan.plan().getEpoch()
                    && !report.getAt().isAfter(inForceAt(shownPlan))) {
                String label = "Before plan " + shownPlan.plan().getEpoch();
                beforePlan = new Moment(label, report, counts);
            }
        }
        trends.computeIfAbsent(report.getScope(), scope -> new Trend(MOST_BUCKETS)).add(report);
    }

    /** A few items on many tokens look skewed, however they are spread. */
    private static boolean isTelling(HourglassReport report) {
        return report.getLayers().stream()
                .allMatch(
                        layer -> report.getItems() >= TELLING_ITEMS_PER_TOKEN * layer.getTokens());
    }

    /** Takes the next alert. */
    void add(HourglassAlert alert) {
        episodes.merge(
                alert.getAlertId(),
                alert.getState() == AlertState.OPENED
                        ? new Episode(alert, null)
                        : new Episode(null, alert),
                (before, after) ->
                        after.opened() != null
                                ? after
                                : new Episode(before.opened(), after.resolved()));
    }

    String version() {
        return version;
    }

    List<PlanLife> plans() {
        return plans;
    }

    /** The reports of a scope, or null if there is none. */
    Trend trend(ReportScope scope) {
        return trends.get(scope);
    }

    boolean isEmpty() {
        return trends.isEmpty();
    }

    /** Reports of both scopes, drawn or not. */
    long reports() {
        return trends.values().stream().mapToLong(Trend::reports).sum();
    }

    /** Alerts that were open at some time since the beginning, in the order of their opening. */
    List<Episode> episodes() {
        return episodes.values().stream()
                .filter(one -> one.resolved() == null || !one.resolved().getAt().isBefore(since))
                .toList();
    }

    /**
     * Reports on all items that tell the story, in the order of time: the most even one, the last
     * before the latest plan came into force (without a plan, the most skewed one), and the latest.
     * The most even and the most skewed one are of those with ten items a token or more.
     */
    List<Moment> moments() {
        List<Moment> moments = new ArrayList<>();
        for (Moment moment :
                new Moment[] {latest, beforePlan != null ? beforePlan : mostSkewed, mostEven}) {
            if (moment != null
                    && moments.stream()
                            .noneMatch(other -> other.report().equals(moment.report()))) {
                moments.add(moment);
            }
        }
        moments.sort(Comparator.comparing(moment -> moment.report().getAt()));
        return moments;
    }
}
