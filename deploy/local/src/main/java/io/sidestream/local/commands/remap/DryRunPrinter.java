package io.sidestream.local.commands.remap;

import io.sidestream.hourglass.TokenSkew;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.PlanLife;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Prints what a remap plan would do, for people. */
final class DryRunPrinter {

    private final Console console;

    DryRunPrinter(Console console) {
        this.console = console;
    }

    /**
     * @param inForce the plan that is in force now, or null
     */
    void print(DryRun run, PlanLife inForce) {
        line("version", run.version());
        line("policy", "%s on layer %d".formatted(run.policy(), run.layer()));
        line(
                "in force now",
                inForce == null
                        ? "no plan"
                        : "plan %d: %s"
                                .formatted(
                                        inForce.plan().getEpoch(),
                                        RemapText.effect(inForce.plan())));
        line("items", RemapText.count(run.items()));
        line(
                "head tokens",
                "%s of %s"
                        .formatted(
                                RemapText.count(run.headTokens().size()),
                                RemapText.count(
                                        run.before().layers().get(run.layer() - 1).tokens())));
        if (!run.headTokens().isEmpty()) {
            line("", RemapText.list(run.headTokens()));
        }
        line("items on head tokens", RemapText.countAndShare(run.headItems(), run.items()));
        line("items to move", RemapText.countAndShare(run.itemsToMove(), run.items()));

        console.println("");
        List<List<String>> paths = new ArrayList<>();
        paths.add(row(run, "distinct paths", sids -> RemapText.count(sids.paths().distinct())));
        paths.add(
                row(run, "path utilization", sids -> RemapText.value(sids.paths().utilization())));
        paths.add(row(run, "collision rate", sids -> decimal(sids.paths().collisionRate())));
        paths.add(row(run, "singleton rate", sids -> decimal(sids.paths().singletonRate())));
        paths.add(row(run, "items on largest path", sids -> RemapText.count(sids.largestPath())));
        for (int length = 0; length < run.before().byLength().size(); length++) {
            int tokens = length;
            if (run.before().byLength().get(length) + run.after().byLength().get(length) > 0) {
                paths.add(
                        row(
                                run,
                                "SIDs of %d %s".formatted(length, length == 1 ? "token" : "tokens"),
                                sids -> RemapText.share(sids.byLength().get(tokens), run.items())));
            }
        }
        console.table(List.of("SIDs", "before", "after"), paths);

        console.println("");
        List<List<String>> layers = new ArrayList<>();
        for (int layer = 1; layer <= run.before().layers().size(); layer++) {
            layers.add(row(layer, "before", run.before()));
            layers.add(row(layer, "after", run.after()));
        }
        console.table(
                List.of(
                        "layer",
                        "SIDs",
                        "items",
                        "entropy ratio",
                        "perplexity",
                        "gini",
                        "std",
                        "max share",
                        "dead codes"),
                layers);
        console.note("a dry run: nothing was sent");
    }

    private void line(String name, String value) {
        console.println("%-22s %s".formatted(name, value));
    }

    private static List<String> row(
            DryRun run, String name, Function<DryRun.Sids, String> measure) {
        return List.of(name, measure.apply(run.before()), measure.apply(run.after()));
    }

    private static List<String> row(int layer, String when, DryRun.Sids sids) {
        TokenSkew skew = sids.layers().get(layer - 1);
        return List.of(
                Integer.toString(layer),
                when,
                RemapText.count(skew.items()),
                decimal(skew.entropyRatio()),
                String.format(Locale.ROOT, "%,.1f", skew.perplexity()),
                decimal(skew.gini()),
                String.format(Locale.ROOT, "%,.1f", skew.std()),
                decimal(skew.maxShare()),
                RemapText.count(skew.deadCodes()));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
