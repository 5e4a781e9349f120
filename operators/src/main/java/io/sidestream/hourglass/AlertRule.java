package io.sidestream.hourglass;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a metric calls for an alert: beyond one level it opens, back at another it resolves. Between
 * the two nothing changes, so that a metric that hovers at a level does not flap.
 *
 * <p>People write it {@code [window] METRIC[@LAYER] (<|>) ENTER [until EXIT]}: {@code
 * entropy_ratio@2 < 0.8 until 0.85}. Without an exit level, enter is both.
 *
 * @param window whether it is about the sliding window of arrivals, and not about all live items
 * @param metric what is compared
 * @param layer 1-based; 0 for metrics across layers
 * @param above whether values above the level are the bad ones, or those below
 * @param enter values strictly beyond this level open an alert
 * @param exit values at this level or on its healthy side resolve it
 */
public record AlertRule(
        boolean window, SkewMetric metric, int layer, boolean above, double enter, double exit)
        implements Serializable {

    private static final Pattern FORM =
            Pattern.compile(
                    "(?<window>window\\s+)?(?<metric>\\w+)(@(?<layer>\\d{1,9}))?"
                            + "\\s*(?<direction>[<>])\\s*(?<enter>[^\\s<>]+)"
                            + "(\\s+until\\s+(?<exit>\\S+))?");

    /**
     * @throws IllegalArgumentException if the rule makes no sense; the message says why
     */
    public AlertRule {
        enter += 0.0; // -0 becomes 0: they are one level, and are to be equal
        exit += 0.0;
        require(Double.isFinite(enter) && Double.isFinite(exit), "levels must be finite numbers");
        require(
                above ? exit <= enter : exit >= enter,
                "the level after 'until' must be on the healthy side of the first, or equal");
        require(
                !metric.ofLayer() || layer >= 1,
                "%s is of a layer: name one, as in %s@2".formatted(metric, metric));
        require(
                metric.ofLayer() || layer == 0,
                "%s is across layers: leave the layer out".formatted(metric));
        require(
                metric.ofLayer() || !window,
                "%s is of all live items: leave 'window' out".formatted(metric));
    }

    /**
     * The rule of a text.
     *
     * @throws IllegalArgumentException if it is not of the form above or makes no sense
     */
    public static AlertRule parse(String text) {
        Matcher parts = FORM.matcher(text.strip());
        if (!parts.matches()) {
            throw refusal(
                    text,
                    "it is not of the form [window] METRIC[@LAYER] (<|>) ENTER [until EXIT]",
                    null);
        }
        try {
            double enter = level(parts.group("enter"));
            String exit = parts.group("exit");
            String layer = parts.group("layer");
            return new AlertRule(
                    parts.group("window") != null,
                    SkewMetric.parse(parts.group("metric")),
                    layer == null ? 0 : Integer.parseInt(layer),
                    parts.group("direction").equals(">"),
                    enter,
                    exit == null ? enter : level(exit));
        } catch (IllegalArgumentException e) {
            throw refusal(text, e.getMessage(), e);
        }
    }

    /**
     * The rules of a list separated by semicolons; none of a blank text.
     *
     * @throws IllegalArgumentException if one is refused, or two have the same subject
     */
    public static List<AlertRule> parseAll(String text) {
        List<AlertRule> rules = new ArrayList<>();
        Map<String, AlertRule> bySubject = new HashMap<>();
        for (String part : text.split(";", -1)) {
            if (part.isBlank()) {
                continue;
            }
            AlertRule rule = parse(part);
            AlertRule other = bySubject.putIfAbsent(rule.subject(), rule);
            if (other != null) {
                throw refusal(part, "'%s' is of the same subject: keep one".formatted(other), null);
            }
            rules.add(rule);
        }
        return List.copyOf(rules);
    }

    /**
     * What the rule is about, whatever its levels: {@code window-max_share@2-above}. A rule keeps
     * its status by it, so that new levels do not make it forget an open alert.
     */
    public String subject() {
        return (window ? "window-" : "") + measured() + (above ? "-above" : "-below");
    }

    /** Whether a value is bad enough to open an alert. */
    boolean isBeyond(double value) {
        return above ? value > enter : value < enter;
    }

    /** Whether a value is good enough to resolve an alert. */
    boolean isHealthy(double value) {
        return above ? value <= exit : value >= exit;
    }

    /** The text that parses to this rule. */
    @Override
    public String toString() {
        return (window ? "window " : "")
                + measured()
                + (above ? " > " : " < ")
                + plain(enter)
                + (exit == enter ? "" : " until " + plain(exit));
    }

    private String measured() {
        return metric.ofLayer() ? metric + "@" + layer : metric.toString();
    }

    private static String plain(double level) {
        return BigDecimal.valueOf(level).stripTrailingZeros().toPlainString();
    }

    private static double level(String text) {
        try {
            return new BigDecimal(text).doubleValue(); // stricter than Double: no 0x1p3, no 1f
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'%s' is not a number".formatted(text), e);
        }
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }

    private static IllegalArgumentException refusal(String text, String why, Exception cause) {
        return new IllegalArgumentException(
                "Alert rule '%s' is refused: %s".formatted(text.strip(), why), cause);
    }
}
