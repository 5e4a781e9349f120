package io.sidestream.local.inspect;

import io.sidestream.local.UserError;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.HourglassLog;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.ReportScope;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The newest skew reports of two codebook versions that speak of all live items at the same
 * instant.
 */
public record ReportPair(HourglassReport first, HourglassReport second) {

    /**
     * Looks for the pair in what was reported last.
     *
     * @return empty if there is none: counting is off, or one of the versions has not been counted
     *     yet
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static Optional<ReportPair> read(Connection connection, String first, String second)
            throws InterruptedException {
        Map<Instant, HourglassReport> firsts = new TreeMap<>(Comparator.reverseOrder());
        Map<Instant, HourglassReport> seconds = new HashMap<>();
        HourglassLog.readRecent(
                connection,
                new HourglassLog.Sink() {
                    @Override
                    public void report(HourglassReport report) {
                        if (report.getScope() == ReportScope.WINDOW) {
                            return;
                        }
                        if (report.getCodebookVersion().equals(first)) {
                            firsts.put(report.getAt(), report);
                        } else if (report.getCodebookVersion().equals(second)) {
                            seconds.put(report.getAt(), report);
                        }
                    }

                    @Override
                    public void alert(HourglassAlert alert) {}
                });
        return firsts.values().stream()
                .filter(report -> seconds.containsKey(report.getAt()))
                .findFirst()
                .map(report -> new ReportPair(report, seconds.get(report.getAt())));
    }
}
