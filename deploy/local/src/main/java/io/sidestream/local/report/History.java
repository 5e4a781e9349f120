package io.sidestream.local.report;

import io.sidestream.local.kafka.HourglassLog;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What was reported, by codebook version. Takes the counts away from the reports it is given. */
public final class History implements HourglassLog.Sink {

    private final String versionOrNull;
    private final Instant since;
    private final List<PlanLife> plans;
    private final SortedMap<String, VersionHistory> versions = new TreeMap<>();

    /**
     * @param versionOrNull the only codebook version to look at, or null for all
     * @param since leaves out what was reported before
     * @param plans of all versions
     */
    public History(String versionOrNull, Instant since, List<PlanLife> plans) {
        this.versionOrNull = versionOrNull;
        this.since = since;
        this.plans = List.copyOf(plans);
    }

    @Override
    public void report(HourglassReport report) {
        if (concerns(report.getCodebookVersion())) {
            of(report.getCodebookVersion()).add(report);
        }
    }

    @Override
    public void alert(HourglassAlert alert) {
        if (concerns(alert.getCodebookVersion())) {
            of(alert.getCodebookVersion()).add(alert);
        }
    }

    private boolean concerns(String version) {
        return versionOrNull == null || versionOrNull.equals(version);
    }

    private VersionHistory of(String version) {
        return versions.computeIfAbsent(
                version,
                name ->
                        new VersionHistory(
                                name,
                                plans.stream().filter(life -> isOf(life, name)).toList(),
                                since));
    }

    private static boolean isOf(PlanLife life, String version) {
        return life.plan().getCodebookVersion().equals(version);
    }

    /** Whether there is no report at all. */
    public boolean isEmpty() {
        return versions().isEmpty();
    }

    /** The versions that there are reports of, sorted. */
    List<VersionHistory> versions() {
        return versions.values().stream().filter(version -> !version.isEmpty()).toList();
    }

    /** Reports of all versions, drawn or not. */
    public long reports() {
        return versions().stream().mapToLong(VersionHistory::reports).sum();
    }
}
