package io.sidestream.local.kafka;

import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.ReportScope;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The latest reports and the open alerts of every version, after a series of them. */
final class HourglassTable implements HourglassLog.Sink {

    private final SortedMap<String, Map<ReportScope, HourglassReport>> latest = new TreeMap<>();
    private final Map<String, SortedMap<Instant, Long>> standingItems = new HashMap<>();
    private final Map<String, HourglassAlert> open = new LinkedHashMap<>();

    @Override
    public void report(HourglassReport report) {
        latest.computeIfAbsent(
                        report.getCodebookVersion(), version -> new EnumMap<>(ReportScope.class))
                .put(report.getScope(), report);
        if (report.getScope() == ReportScope.STANDING) {
            standingItems
                    .computeIfAbsent(report.getCodebookVersion(), version -> new TreeMap<>())
                    .put(report.getAt(), report.getItems());
        }
    }

    @Override
    public void alert(HourglassAlert alert) {
        if (alert.getState() == AlertState.OPENED) {
            open.put(alert.getAlertId(), alert);
        } else {
            open.remove(alert.getAlertId());
        }
    }

    Optional<HourglassReport> latest(String version, ReportScope scope) {
        return Optional.ofNullable(latest.getOrDefault(version, Map.of()).get(scope));
    }

    SortedMap<Instant, Long> standingItems(String version) {
        return Collections.unmodifiableSortedMap(
                standingItems.getOrDefault(version, Collections.emptySortedMap()));
    }

    List<String> versions() {
        return List.copyOf(latest.keySet());
    }

    List<HourglassAlert> openAlerts(String version) {
        return open.values().stream()
                .filter(alert -> alert.getCodebookVersion().equals(version))
                .toList();
    }
}
