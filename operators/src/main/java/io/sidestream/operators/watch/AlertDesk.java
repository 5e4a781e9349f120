package io.sidestream.operators.watch;

import io.sidestream.hourglass.AlertPolicy;
import io.sidestream.hourglass.AlertRule;
import io.sidestream.hourglass.AlertStatus;
import io.sidestream.hourglass.Hourglass;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.ReportScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;

/** Opens and resolves the alerts of one codebook version, whose status is in keyed state. */
final class AlertDesk {

    private final AlertPolicy policy;
    private final MapState<String, TrackedAlert> tracked;

    AlertDesk(AlertPolicy policy, RuntimeContext context) {
        this.policy = policy;
        this.tracked =
                context.getMapState(
                        new MapStateDescriptor<>("alerts", Types.STRING, TrackedAlert.TYPE));
    }

    /**
     * Evaluates every rule.
     *
     * @param announce takes alerts that open or resolve
     * @return the rules whose alerts are open
     */
    List<AlertRule> evaluate(
            String version,
            Hourglass standing,
            Hourglass window,
            Instant now,
            Consumer<HourglassAlert> announce)
            throws Exception {
        Map<String, TrackedAlert> before = new HashMap<>();
        tracked.entries().forEach(entry -> before.put(entry.getKey(), entry.getValue()));
        List<AlertRule> open = new ArrayList<>();
        for (AlertRule rule : policy.rules()) {
            TrackedAlert known = before.remove(rule.subject());
            Hourglass measured = rule.window() ? window : standing;
            double value = measured.value(rule.metric(), rule.layer()).orElse(Double.NaN);
            AlertStatus.Step step =
                    (known == null ? AlertStatus.CLOSED : known.status())
                            .next(rule, policy, value, measured.items(), now.toEpochMilli());
            TrackedAlert after = new TrackedAlert(rule.toString(), step.after());
            if (!after.equals(known)) {
                tracked.put(rule.subject(), after);
            }
            if (step.event() != AlertStatus.Event.NONE) {
                announce.accept(alert(version, rule, step, value, measured.items(), now));
            }
            if (step.after().open()) {
                open.add(rule);
            }
        }
        for (Map.Entry<String, TrackedAlert> gone : before.entrySet()) {
            resolve(version, gone.getValue(), "the rule has been removed", now, announce);
            tracked.remove(gone.getKey());
        }
        return open;
    }

    /** Resolves what is open, for there is nothing left to evaluate. */
    void retire(String version, Instant now, Consumer<HourglassAlert> announce) throws Exception {
        for (TrackedAlert alert : tracked.values()) {
            resolve(version, alert, "the codebook version has been retired", now, announce);
        }
        tracked.clear();
    }

    private HourglassAlert alert(
            String version,
            AlertRule rule,
            AlertStatus.Step step,
            double value,
            long items,
            Instant now) {
        boolean opened = step.event() == AlertStatus.Event.OPENED;
        return HourglassAlert.newBuilder()
                .setCodebookVersion(version)
                .setAlertId(id(version, step.after()))
                .setState(opened ? AlertState.OPENED : AlertState.RESOLVED)
                .setScope(scope(rule))
                .setMetric(rule.metric().toString())
                .setLayer(rule.layer())
                .setValue(value)
                .setThreshold(opened ? rule.enter() : rule.exit())
                .setEvaluations(policy.consecutive())
                .setItems(items)
                .setAt(now)
                .setMessage(message(rule, opened, value, items))
                .build();
    }

    private String message(AlertRule rule, boolean opened, double value, long items) {
        return String.format(
                Locale.ROOT,
                "%s%s%s is %.4g, %s %s, in %d evaluations in a row, the last one of %,d items",
                rule.window() ? "in the window of arrivals, " : "",
                rule.metric(),
                rule.layer() == 0 ? "" : " of layer " + rule.layer(),
                value,
                opened
                        ? (rule.above() ? "above" : "below")
                        : (rule.above() ? "at most" : "at least"),
                opened ? rule.enter() : rule.exit(),
                policy.consecutive(),
                items);
    }

    private static void resolve(
            String version,
            TrackedAlert alert,
            String why,
            Instant now,
            Consumer<HourglassAlert> announce) {
        if (!alert.status().open()) {
            return;
        }
        AlertRule rule = AlertRule.parse(alert.rule());
        announce.accept(
                HourglassAlert.newBuilder()
                        .setCodebookVersion(version)
                        .setAlertId(id(version, alert.status()))
                        .setState(AlertState.RESOLVED)
                        .setScope(scope(rule))
                        .setMetric(rule.metric().toString())
                        .setLayer(rule.layer())
                        .setValue(Double.NaN)
                        .setThreshold(rule.exit())
                        .setEvaluations(0)
                        .setItems(0)
                        .setAt(now)
                        .setMessage(why)
                        .build());
    }

    /** Two versions may open alerts on one rule in the same millisecond. */
    private static String id(String version, AlertStatus status) {
        return version + "-" + status.alertId();
    }

    private static ReportScope scope(AlertRule rule) {
        return rule.window() ? ReportScope.WINDOW : ReportScope.STANDING;
    }
}
