package io.sidestream.local.commands;

import io.sidestream.codebook.Codebook;
import io.sidestream.local.UserError;
import io.sidestream.local.commands.remap.RemapText;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Frame;
import io.sidestream.local.console.LiveScreen;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.HourglassLog;
import io.sidestream.local.kafka.Ingest;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.RemapLog;
import io.sidestream.local.kafka.Tail;
import io.sidestream.local.screen.HourglassScreen;
import io.sidestream.local.screen.VersionState;
import io.sidestream.local.stack.Drain;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.watch.RemapOptions;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Remap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;

/** The second half of the demo: the catalog becomes an hourglass, and the job breaks it. */
final class DemoHourglass {

    private static final int VARIANTS = 20_000;
    private static final int PARTS = 10;
    private static final int LINES_SHOWN = 8;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Console console;
    private final LocalStack stack;
    private final DemoCatalog catalog;
    private final Codebook codebook;

    DemoHourglass(Console console, LocalStack stack, DemoCatalog catalog, Codebook codebook) {
        this.console = console;
        this.stack = stack;
        this.catalog = catalog;
        this.codebook = codebook;
    }

    /**
     * A demo has no minutes to wait: it looks every second and acts by itself, unless told not to.
     */
    static void addDefaults(Configuration job) {
        lookEverySecond(job);
        if (!job.contains(RemapOptions.MODE)) {
            job.set(RemapOptions.MODE, RemapOptions.Mode.AUTO.toString());
        }
    }

    /** How often it counts, unless told otherwise. */
    static void lookEverySecond(Configuration job) {
        if (!job.contains(WatchOptions.INTERVAL)) {
            job.set(WatchOptions.INTERVAL, Duration.ofSeconds(1));
        }
        if (!job.contains(CombineOptions.INTERVAL)) {
            job.set(CombineOptions.INTERVAL, Duration.ofMillis(100));
        }
    }

    /**
     * @param page file to write the report to
     */
    void run(Path page) throws IOException, InterruptedException {
        try (HourglassLog reports = HourglassLog.follow(stack.connection());
                RemapLog plans = RemapLog.follow(stack.connection())) {
            console.heading("7  See its layers");
            HourglassReport before = settled(reports, Instant.now());
            draw(reports, plans);
            flood(reports);
            if (remapped(reports, plans)) {
                HourglassReport after = settled(reports, Instant.now());
                draw(reports, plans);
                compare(before, after, latest(plans));
            }
        }
        ReportCommand.write(
                stack.connection(),
                ReportCommand.history(stack.connection(), version(), Instant.EPOCH),
                page);
        console.println("The same as a page, over time: " + console.bold(page.toString()));
    }

    private void flood(HourglassLog reports) throws IOException, InterruptedException {
        DemoFlood flood = DemoFlood.of(catalog, codebook, VARIANTS);
        console.heading("8  Flood it");
        console.note(
                formatted(
                        "with %,d near-duplicate variants of %,d products, most of them of a few:"
                                + " the first layer tells these apart,%nbut the second has only three"
                                + " tokens for them. Entropy ratio of each layer, as they arrive:",
                        flood.variants(), flood.products()));
        try (Ingest ingest = Ingest.open(stack.connection(), 0);
                Progress progress = Progress.start(console, "ingest", VARIANTS, "items")) {
            for (int part = 0; part < PARTS; part++) {
                int from = VARIANTS / PARTS * part;
                ingest.embeddings(flood.part(from, from + VARIANTS / PARTS), progress);
                print(next(reports, Instant.now()));
            }
        }
        Drain.of(stack).await(read -> {});
        print(settled(reports, Instant.now()));
    }

    private void print(HourglassReport report) {
        console.println(
                formatted("  %,7d items   ", report.getItems())
                        + report.getLayers().stream()
                                .map(
                                        layer ->
                                                formatted(
                                                        "layer %d  %.3f",
                                                        layer.getLayer(), layer.getEntropyRatio()))
                                .collect(Collectors.joining("   ")));
    }

    /** Waits for the job's own decisions; whether SIDs were remapped. */
    private boolean remapped(HourglassLog reports, RemapLog plans) throws InterruptedException {
        console.heading("9  The job notices");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        boolean alerted = false;
        long shown = 0;
        while (System.nanoTime() < deadline) {
            stack.requireHealthy();
            reports.poll(POLL);
            plans.poll(Duration.ZERO);
            if (!alerted && !reports.openAlerts(version()).isEmpty()) {
                alerted = true;
                reports.openAlerts(version())
                        .forEach(
                                alert ->
                                        console.println(
                                                console.red("alert    ") + alert.getMessage()));
            }
            PlanLife plan = latest(plans);
            if (plan == null) {
                continue;
            }
            if (plan.plan().getEpoch() != shown) {
                shown = plan.plan().getEpoch();
                console.println(
                        console.yellow("plan %-4d".formatted(shown))
                                + formatted(
                                        "%s of layer %d: %,d of %,d tokens hold %,d of %,d items,"
                                                + " which drop them",
                                        RemapText.policy(plan.plan()),
                                        plan.plan().getLayer(),
                                        Remap.of(plan.plan()).headTokens().length,
                                        codebook.layerSize(plan.plan().getLayer()),
                                        plan.plan().getHeadItems(),
                                        plan.plan().getItems()));
            }
            if (plan.status() == PlanStatus.APPLIED) {
                console.println(
                        console.green("applied  ")
                                + formatted("%,d items have moved", plan.itemsMoved()));
                showMoves();
                return true;
            }
        }
        console.note(
                "no plan has been applied: see what it is set to with `%s remap list`"
                        .formatted(Commands.program()));
        return false;
    }

    private PlanLife latest(RemapLog plans) {
        return plans.plans().stream()
                .filter(life -> life.plan().getCodebookVersion().equals(version()))
                .reduce((earlier, later) -> later)
                .orElse(null);
    }

    private void showMoves() throws InterruptedException {
        console.note("");
        console.note("Its SIDs have become shorter; those of the other items are what they were:");
        TailPrinter printer = new TailPrinter(console, false, Long.MAX_VALUE);
        new Tail(stack.connection(), version())
                .follow(
                        true,
                        new DemoAudience(
                                stack,
                                LINES_SHOWN,
                                update -> {
                                    boolean moved = update.getReason() == UpdateReason.REMAP;
                                    if (moved) {
                                        printer.update(update);
                                    }
                                    return moved;
                                },
                                letter -> false));
    }

    private void compare(HourglassReport before, HourglassReport after, PlanLife plan) {
        console.heading("10  Before the flood and after it");
        RemapPlan remap = plan.plan();
        console.table(
                List.of("", "before", "after"),
                List.of(
                        row("items", before, after, report -> formatted("%,d", report.getItems())),
                        row("entropy ratio by layer", before, after, DemoHourglass::ratios),
                        List.of(
                                "largest share of a token of layer " + remap.getLayer(),
                                percent(largestShare(before, remap.getLayer(), Remap.NONE)),
                                percent(largestShare(after, remap.getLayer(), Remap.NONE))),
                        List.of(
                                "  as SIDs are published",
                                percent(largestShare(before, remap.getLayer(), Remap.NONE)),
                                percent(largestShare(after, remap.getLayer(), Remap.of(remap)))),
                        row(
                                "distinct paths",
                                before,
                                after,
                                report -> formatted("%,d", report.getDistinctPaths())),
                        row(
                                "remap plan in force",
                                before,
                                after,
                                report ->
                                        report.getRemapEpoch() == 0
                                                ? "none"
                                                : "plan " + report.getRemapEpoch())));
        console.println("");
        console.println(
                "Entropies are of the codes, which no plan changes; paths are of the SIDs as"
                        + " published,\nall of which are distinct by their disambiguators.");
    }

    private static List<String> row(
            String what,
            HourglassReport before,
            HourglassReport after,
            Function<HourglassReport, String> value) {
        return List.of(what, value.apply(before), value.apply(after));
    }

    /** Of the items; those on dropped tokens have no token in the layer. */
    private static double largestShare(HourglassReport report, int layer, Remap remap) {
        List<Long> counts = report.getLayers().get(layer - 1).getCounts();
        BitSet dropped = remap.head(counts.size());
        long largest = 0;
        for (int token = 0; token < counts.size(); token++) {
            if (!dropped.get(token)) {
                largest = Math.max(largest, counts.get(token));
            }
        }
        return (double) largest / Math.max(1, report.getItems());
    }

    private static String ratios(HourglassReport report) {
        return report.getLayers().stream()
                .map(LayerSkew::getEntropyRatio)
                .map(ratio -> formatted("%.3f", ratio))
                .collect(Collectors.joining("  "));
    }

    private static String percent(double share) {
        return formatted("%.1f%%", 100 * share);
    }

    private void draw(HourglassLog reports, RemapLog plans) {
        plans.poll(Duration.ZERO);
        try (LiveScreen screen = LiveScreen.open(console, false)) {
            Frame frame = screen.frame();
            new HourglassScreen(console)
                    .draw(
                            new VersionState(
                                    version(),
                                    CodebookStatus.ACTIVE,
                                    reports.latest(version(), ReportScope.STANDING).orElse(null),
                                    null,
                                    reports.openAlerts(version()),
                                    plans.plans(),
                                    Double.NaN),
                            Instant.now(),
                            frame);
            screen.show(frame);
        }
    }

    /**
     * A report of everything that the job had taken in at a time: of its second evaluation since.
     */
    private HourglassReport settled(HourglassLog reports, Instant since)
            throws InterruptedException {
        return next(reports, next(reports, since).getAt());
    }

    /** The first report after a time. */
    private HourglassReport next(HourglassLog reports, Instant since) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            stack.requireHealthy();
            reports.poll(POLL);
            HourglassReport latest = reports.latest(version(), ReportScope.STANDING).orElse(null);
            if (latest != null && latest.getAt().isAfter(since)) {
                return latest;
            }
        }
        throw new UserError(
                "the job has written no report for %d s".formatted(PATIENCE.toSeconds()));
    }

    private String version() {
        return codebook.version();
    }

    private static String formatted(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
