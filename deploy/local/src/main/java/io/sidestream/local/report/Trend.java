package io.sidestream.local.report;

import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A series of reports, without their counts, that never grows beyond some thousand: beyond that
 * only the two extremes of every few reports in a row are kept, by the entropy ratio of the most
 * skewed layer, so that no spike is lost. What is kept is as it was reported.
 */
final class Trend {

    /** A few reports in a row; the same one twice while it holds one. */
    private record Bucket(HourglassReport lowest, HourglassReport highest, int reports) {

        Bucket and(Bucket next) {
            return new Bucket(
                    evenness(next.lowest) < evenness(lowest) ? next.lowest : lowest,
                    evenness(next.highest) > evenness(highest) ? next.highest : highest,
                    reports + next.reports);
        }
    }

    private final int most;
    private final List<Bucket> buckets = new ArrayList<>();
    private int reportsPerBucket = 1;
    private long reports;
    private HourglassReport last;

    /**
     * @param most buckets, an even number
     */
    Trend(int most) {
        this.most = most;
    }

    /** The entropy ratio of the most skewed layer. */
    static double evenness(HourglassReport report) {
        return report.getLayers().stream().mapToDouble(LayerSkew::getEntropyRatio).min().orElse(0);
    }

    /** Adds the next report and takes away its counts. */
    void add(HourglassReport report) {
        for (LayerSkew layer : report.getLayers()) {
            layer.setCounts(List.of());
            layer.setRankBins(List.of());
        }
        reports++;
        last = report;
        Bucket next = new Bucket(report, report, 1);
        int open = buckets.size() - 1;
        if (open >= 0 && buckets.get(open).reports() < reportsPerBucket) {
            buckets.set(open, buckets.get(open).and(next));
            return;
        }
        if (buckets.size() == most) {
            for (int i = 0; i < most / 2; i++) {
                buckets.set(i, buckets.get(2 * i).and(buckets.get(2 * i + 1)));
            }
            buckets.subList(most / 2, most).clear();
            reportsPerBucket *= 2;
        }
        buckets.add(next);
    }

    /** What is kept, and always the last report, in the order of time. */
    List<HourglassReport> kept() {
        List<HourglassReport> kept = new ArrayList<>();
        for (Bucket bucket : buckets) {
            kept.add(bucket.lowest());
            kept.add(bucket.highest());
        }
        if (last != null) {
            kept.add(last);
        }
        return kept.stream()
                .distinct()
                .sorted(Comparator.comparing(HourglassReport::getAt))
                .toList();
    }

    /** Reports that were added. */
    long reports() {
        return reports;
    }

    /** Of how many reports in a row two are kept; 1: all are. */
    int reportsPerBucket() {
        return reportsPerBucket;
    }
}
