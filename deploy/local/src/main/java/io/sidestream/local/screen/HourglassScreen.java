package io.sidestream.local.screen;

import io.sidestream.local.console.Console;
import io.sidestream.local.console.Frame;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.ReportScope;
import io.sidestream.sid.Remap;
import io.sidestream.sid.RemapPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws what is known of a codebook version: its layers, their skew, alerts and remap plans. */
public final class HourglassScreen {

    private static final int BAR_ROWS = 3;

    /** Columns left of the bars. */
    private static final int GUTTER = 15;

    private static final int PROGRESS_COLUMNS = 24;

    /** Reports come every few seconds. */
    private static final Duration STALE = Duration.ofMinutes(1);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final List<String> TITLES =
            List.of(
                    "layer",
                    "entropy ratio",
                    "gini",
                    "std",
                    "max share",
                    "dead",
                    "error",
                    "JS drift",
                    "expected",
                    "PSI",
                    "expected");

    private final Console console;

    public HourglassScreen(Console console) {
        this.console = console;
    }

    /** Adds a version to a frame. */
    public void draw(VersionState state, Instant now, Frame frame) {
        heading(state, now, frame);
        HourglassReport report = state.standing() != null ? state.standing() : state.window();
        if (report == null) {
            frame.line(
                    "  no report yet: the indexing job writes one every sidestream.watch.interval"
                            + " (10 s); is it running?");
            return;
        }
        pictures(state, report, frame);
        frame.line("");
        state.openAlerts().forEach(alert -> alert(alert, frame));
        plans(state, frame);
        paths(state.standing(), frame);
        frame.line("");
        List<List<String>> rows = new ArrayList<>();
        addRows(state.standing(), rows);
        addRows(state.window(), rows);
        frame.table(TITLES, rows);
    }

    private void heading(VersionState state, Instant now, Frame frame) {
        StringBuilder line = new StringBuilder(console.bold(Console.printable(state.version())));
        line.append(' ').append(state.status() == null ? "not announced" : state.status());
        if (state.standing() != null) {
            line.append(text("   %,d items", state.standing().getItems()));
        }
        if (!Double.isNaN(state.updatesPerSecond())) {
            line.append(text("   %,.0f updates/s", state.updatesPerSecond()));
        }
        if (state.standing() != null) {
            Duration age = Duration.between(state.standing().getAt(), now);
            String told = "   report %s old".formatted(inWords(age));
            line.append(age.compareTo(STALE) > 0 ? console.yellow(told) : told);
        }
        frame.line(line.toString());
    }

    /** All layers to one scale, so that the narrow one stands out. */
    private void pictures(VersionState state, HourglassReport report, Frame frame) {
        List<LayerSkew> layers = report.getLayers();
        PlanLife plan = state.inForce();
        List<LayerPicture> pictures =
                layers.stream()
                        .map(layer -> picture(layer, plan, Math.max(8, frame.width() - GUTTER)))
                        .toList();
        double top = pictures.stream().mapToDouble(LayerPicture::highest).max().orElse(0);
        for (int i = 0; i < layers.size(); i++) {
            LayerSkew layer = layers.get(i);
            List<String> labels =
                    List.of(
                            "layer " + layer.getLayer(),
                            text("%,d tokens", layer.getTokens()),
                            text("top %.1fx", layer.getMaxShare() * layer.getTokens()));
            List<String> bars = pictures.get(i).draw(BAR_ROWS, top, console::yellow);
            for (int row = 0; row < BAR_ROWS; row++) {
                String label = padded(labels.get(row), GUTTER);
                frame.line((row == 0 ? label : console.dim(label)) + bars.get(row));
            }
        }
    }

    private static LayerPicture picture(LayerSkew layer, PlanLife plan, int width) {
        Remap remap =
                plan != null && plan.plan().getLayer() == layer.getLayer()
                        ? Remap.of(plan.plan())
                        : Remap.NONE;
        return layer.getRankBins().isEmpty()
                ? LayerPicture.of(layer.getCounts(), remap.head(layer.getTokens()), width)
                : LayerPicture.ofRanks(
                        layer.getRankBins(), layer.getTokens(), remap.isWholeLayer(), width);
    }

    private void alert(HourglassAlert alert, Frame frame) {
        String where =
                alert.getLayer() == 0
                        ? ""
                        : (alert.getScope() == ReportScope.WINDOW ? " of arrivals" : "")
                                + " in layer "
                                + alert.getLayer();
        frame.line(
                console.red("alert")
                        + text(
                                "  %s%s was %s at %s, level %s",
                                Console.printable(alert.getMetric()),
                                where,
                                number(alert.getValue()),
                                TIME.format(alert.getAt()),
                                number(alert.getThreshold())));
    }

    private void plans(VersionState state, Frame frame) {
        PlanLife inForce = state.inForce();
        if (inForce == null) {
            frame.line("no remap plan in force: SIDs have their full length");
        } else {
            plan(inForce, frame);
        }
        state.plans().stream().filter(PlanLife::isPending).forEach(plan -> plan(plan, frame));
    }

    private static String headTokens(RemapPlan plan) {
        Remap remap = Remap.of(plan);
        return remap.isWholeLayer() ? "all" : text("%,d", remap.headTokens().length);
    }

    private void plan(PlanLife life, Frame frame) {
        RemapPlan plan = life.plan();
        frame.line(
                console.bold("plan " + plan.getEpoch())
                        + text(
                                "  %s on layer %d: %s",
                                RemapPolicy.of(plan.getPolicy(), plan.getParameter()),
                                plan.getLayer(),
                                Remap.of(plan).isEmpty()
                                        ? "all tokens stay"
                                        : text(
                                                "drops %s of its tokens, %.1f%% of the items then",
                                                headTokens(plan),
                                                100.0
                                                        * plan.getHeadItems()
                                                        / Math.max(1, plan.getItems()))));
        String stands = text("        %s since %s", life.status(), TIME.format(life.since()));
        if (life.isPending()) {
            frame.line(
                    text("%s, %,d items to move", stands, plan.getItemsToMove())
                            + (life.status() == PlanStatus.PLANNED
                                    ? "; `remap approve %d` applies it".formatted(plan.getEpoch())
                                    : ""));
        } else if (life.status() == PlanStatus.APPLYING) {
            frame.line(
                    text(
                            "%s %s %.0f%%, %,d items moved",
                            stands,
                            bar(life.progress()),
                            Math.floor(100 * life.progress()),
                            life.itemsMoved()));
        } else {
            frame.line(text("%s, %,d items moved", stands, life.itemsMoved()));
        }
    }

    private static String bar(double share) {
        int full = (int) (Math.min(1, Math.max(0, share)) * PROGRESS_COLUMNS);
        return "█".repeat(full) + "░".repeat(PROGRESS_COLUMNS - full);
    }

    private static void paths(HourglassReport report, Frame frame) {
        if (report == null || report.getDistinctPaths() == null) {
            return;
        }
        StringBuilder line = new StringBuilder(text("paths %,d", report.getDistinctPaths()));
        append(line, "collisions", report.getCollisionRate());
        append(line, "singletons", report.getSingletonRate());
        append(line, "utilization", report.getPathUtilization());
        frame.line(line.toString());
    }

    private static void append(StringBuilder line, String what, Double value) {
        if (value != null) {
            line.append("   ").append(what).append(' ').append(number(value));
        }
    }

    private static void addRows(HourglassReport report, List<List<String>> rows) {
        if (report == null) {
            return;
        }
        String scope =
                report.getScope() == ReportScope.STANDING
                        ? ""
                        : ", last " + inWords(Duration.ofMillis(report.getWindow()));
        for (LayerSkew layer : report.getLayers()) {
            rows.add(
                    List.of(
                            layer.getLayer() + scope,
                            number(layer.getEntropyRatio()),
                            number(layer.getGini()),
                            text("%,.1f", layer.getStd()),
                            text("%.2f%%", 100 * layer.getMaxShare()),
                            text("%,d", layer.getDeadCodes()),
                            number(layer.getQuantizationError()),
                            number(layer.getJensenShannon()),
                            number(layer.getJensenShannonExpected()),
                            number(layer.getPsi()),
                            number(layer.getPsiExpected())));
        }
    }

    private static String number(Double value) {
        if (value == null) {
            return "-";
        }
        return value != 0 && Math.abs(value) < 1e-3 ? text("%.2e", value) : text("%.4f", value);
    }

    /** One unit, the largest that gives a whole number other than 0. */
    private static String inWords(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + " min";
        }
        return text("%,d h", seconds / 3600);
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
