package io.sidestream.local.commands.codebook;

import io.sidestream.local.console.Console;
import io.sidestream.local.inspect.Churn;
import io.sidestream.local.inspect.Comparison;
import io.sidestream.local.inspect.ReportPair;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A comparison of two codebook versions, for people. */
final class ComparisonPrinter {

    private final Console console;

    ComparisonPrinter(Console console) {
        this.console = console;
    }

    void print(Comparison comparison) {
        if (comparison.reportsOrNull() == null) {
            console.warn(
                    ("%s and %s have not been counted at the same time yet: wait for the job's"
                                    + " next reports, or see whether sidestream.watch.enabled is"
                                    + " off; so here is only what their SIDs say")
                            .formatted(
                                    comparison.first().getVersion(),
                                    comparison.second().getVersion()));
        } else {
            print(comparison.first(), comparison.second(), comparison.reportsOrNull());
        }
        print(
                comparison.first().getVersion(),
                comparison.second().getVersion(),
                comparison.churn());
    }

    private void print(CodebookManifest first, CodebookManifest second, ReportPair reports) {
        console.println(
                "As of %s:".formatted(reports.first().getAt().truncatedTo(ChronoUnit.SECONDS)));
        console.println("");
        console.table(
                List.of("", first.getVersion(), second.getVersion()),
                List.of(
                        List.of("status", first.getStatus().name(), second.getStatus().name()),
                        row("items", reports, report -> count(report.getItems())),
                        row("distinct paths", reports, report -> count(report.getDistinctPaths())),
                        row(
                                "collision rate",
                                reports,
                                report -> percent(report.getCollisionRate())),
                        row(
                                "alone on their path",
                                reports,
                                report -> percent(report.getSingletonRate())),
                        row("remap plan in force", reports, ComparisonPrinter::plan)));
        console.println("");
        List<List<String>> rows = new ArrayList<>();
        int layers =
                Math.max(reports.first().getLayers().size(), reports.second().getLayers().size());
        for (int layer = 0; layer < layers; layer++) {
            for (HourglassReport report : List.of(reports.first(), reports.second())) {
                if (layer < report.getLayers().size()) {
                    rows.add(row(report.getCodebookVersion(), report.getLayers().get(layer)));
                }
            }
        }
        console.table(
                List.of(
                        "layer",
                        "version",
                        "tokens",
                        "entropy ratio",
                        "perplexity",
                        "gini",
                        "max share",
                        "dead",
                        "error"),
                rows);
        console.println("");
    }

    private static List<String> row(
            String what, ReportPair reports, Function<HourglassReport, String> value) {
        return List.of(what, value.apply(reports.first()), value.apply(reports.second()));
    }

    private static List<String> row(String version, LayerSkew skew) {
        return List.of(
                Integer.toString(skew.getLayer()),
                version,
                count(skew.getTokens()),
                decimal(skew.getEntropyRatio()),
                String.format(Locale.ROOT, "%,.1f", skew.getPerplexity()),
                decimal(skew.getGini()),
                percent(skew.getMaxShare()),
                count(skew.getDeadCodes()),
                skew.getQuantizationError() == null ? "-" : decimal(skew.getQuantizationError()));
    }

    private static String plan(HourglassReport report) {
        return report.getRemapEpoch() == 0 ? "none" : "plan " + report.getRemapEpoch();
    }

    private void print(String first, String second, Churn churn) {
        console.println(
                "SIDs of %s items in both; %s are only in %s, %s only in %s."
                        .formatted(
                                count(churn.both()),
                                count(churn.onlyFirst()),
                                first,
                                count(churn.onlySecond()),
                                second));
        if (churn.both() == 0) {
            return;
        }
        console.println("");
        List<List<String>> rows = new ArrayList<>();
        for (int layer = 1; layer <= churn.tokens().size(); layer++) {
            rows.add(
                    List.of(
                            "token of layer " + layer,
                            count(churn.tokens().get(layer - 1)),
                            percent(churn.tokenShare(layer))));
        }
        rows.add(List.of("path", count(churn.paths()), percent(churn.pathShare())));
        console.table(List.of("churn", "items with another", "share"), rows);
    }

    private static String count(Number number) {
        return number == null ? "-" : String.format(Locale.ROOT, "%,d", number);
    }

    private static String percent(Double share) {
        return share == null ? "-" : String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
