package io.sidestream.operators.watch;

import io.sidestream.hourglass.Hourglass;
import io.sidestream.hourglass.SkewMetric;
import java.util.function.ToDoubleFunction;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * What was last measured of one codebook version, as Flink metrics: {@code items}, and every {@link
 * SkewMetric} under its name, with the variables {@code codebook_version}, {@code scope} (standing
 * or window) and, of a layer, {@code layer}. NaN stands for what is not known.
 */
final class Gauges {

    private Hourglass standing;
    private Hourglass window;
    private long remapEpoch;
    private int openAlerts;

    private Gauges() {}

    /**
     * Registers the metrics of a version.
     *
     * @param layers that its codebook has
     */
    static Gauges register(MetricGroup operator, String codebookVersion, int layers) {
        Gauges gauges = new Gauges();
        MetricGroup version = operator.addGroup("codebook_version", codebookVersion);
        version.gauge("remap_epoch", () -> gauges.remapEpoch);
        version.gauge("open_alerts", () -> gauges.openAlerts);
        MetricGroup standing = version.addGroup("scope", "standing");
        MetricGroup window = version.addGroup("scope", "window");
        register(
                standing,
                layers,
                read -> gauges.standing == null ? Double.NaN : read.applyAsDouble(gauges.standing));
        register(
                window,
                layers,
                read -> gauges.window == null ? Double.NaN : read.applyAsDouble(gauges.window));
        return gauges;
    }

    private static void register(
            MetricGroup scope, int layers, ToDoubleFunction<ToDoubleFunction<Hourglass>> latest) {
        gauge(scope, "items", latest, Hourglass::items);
        for (SkewMetric metric : SkewMetric.values()) {
            if (!metric.ofLayer()) {
                gauge(scope, metric.toString(), latest, value(metric, 0));
                continue;
            }
            for (int layer = 1; layer <= layers; layer++) {
                gauge(
                        scope.addGroup("layer", Integer.toString(layer)),
                        metric.toString(),
                        latest,
                        value(metric, layer));
            }
        }
    }

    private static void gauge(
            MetricGroup group,
            String name,
            ToDoubleFunction<ToDoubleFunction<Hourglass>> latest,
            ToDoubleFunction<Hourglass> read) {
        group.gauge(name, (Gauge<Double>) () -> latest.applyAsDouble(read));
    }

    private static ToDoubleFunction<Hourglass> value(SkewMetric metric, int layer) {
        return hourglass -> hourglass.value(metric, layer).orElse(Double.NaN);
    }

    /** Shows what an evaluation has found; null: nothing is known any more. */
    void show(Hourglass nowStanding, Hourglass inWindow, long epoch, int alerts) {
        standing = nowStanding;
        window = inWindow;
        remapEpoch = epoch;
        openAlerts = alerts;
    }
}
