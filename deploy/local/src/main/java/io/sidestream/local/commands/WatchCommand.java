package io.sidestream.local.commands;

import io.sidestream.jobs.KafkaOptions;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Frame;
import io.sidestream.local.console.LiveScreen;
import io.sidestream.local.kafka.CodebookWatch;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.Flow;
import io.sidestream.local.kafka.HourglassLog;
import io.sidestream.local.kafka.RemapLog;
import io.sidestream.local.screen.HourglassScreen;
import io.sidestream.local.screen.VersionState;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ReportScope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.InterruptException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "watch",
        description = {
            "Show every layer's token distribution, skew, alerts and remap plans, live.",
            "Bars are tokens, the most frequent first, all layers to one scale (of square roots)."
        })
final class WatchCommand implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "This codebook version only (default: all that are not retired).")
    private String version;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "1 s",
            converter = DurationConverter.class,
            description = "Time between looks (default: ${DEFAULT-VALUE}).")
    private Duration interval;

    @Option(names = "--once", description = "Show what is known now as plain text, and exit.")
    private boolean once;

    @Option(
            names = "--group",
            paramLabel = "ID",
            description = "Consumer group of the job, for its lag (default: ${DEFAULT-VALUE}).")
    private String group = KafkaOptions.GROUP_ID.defaultValue();

    private final Console console;

    WatchCommand(Console console) {
        this.console = console;
    }

    /** Where all that is shown comes from. */
    private record Sources(
            HourglassLog reports, RemapLog remaps, CodebookWatch codebooks, Flow flow) {

        /** Takes in what comes until the time is over. */
        void follow(Duration time) throws InterruptedException {
            long end = System.nanoTime() + time.toNanos();
            for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
                reports.poll(Duration.ofNanos(left));
            }
            remaps.poll(Duration.ZERO);
            codebooks.poll(Duration.ZERO);
            flow.sample();
        }

        SortedSet<String> known() {
            SortedSet<String> versions = new TreeSet<>(reports.versions());
            codebooks.live().forEach(codebook -> versions.add(codebook.getVersion()));
            return versions;
        }

        CodebookStatus status(String version) {
            return codebooks.live().stream()
                    .filter(codebook -> codebook.getVersion().equals(version))
                    .map(CodebookManifest::getStatus)
                    .findFirst()
                    .orElse(null);
        }

        VersionState state(String version) {
            return new VersionState(
                    version,
                    status(version),
                    reports.latest(version, ReportScope.STANDING).orElse(null),
                    reports.latest(version, ReportScope.WINDOW).orElse(null),
                    reports.openAlerts(version),
                    remaps.plans().stream()
                            .filter(life -> life.plan().getCodebookVersion().equals(version))
                            .toList(),
                    flow.updates(version).orElse(Double.NaN));
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = connectionOptions.connection();
        try (HourglassLog reports = HourglassLog.follow(connection);
                RemapLog remaps = RemapLog.follow(connection);
                CodebookWatch codebooks = CodebookWatch.start(connection);
                Flow flow = new Flow(connection, group)) {
            Sources sources = new Sources(reports, remaps, codebooks, flow);
            requireKnown(sources.known(), connection);
            watch(sources, connection);
        } catch (InterruptException | InterruptedException e) {
            Thread.interrupted(); // it has done what it was for
        }
        return 0;
    }

    private void requireKnown(SortedSet<String> known, Connection connection) {
        if (version != null && !known.contains(version)) {
            throw new UserError(
                    "there is no codebook version %s at %s: %s"
                            .formatted(
                                    version,
                                    connection.bootstrap(),
                                    known.isEmpty()
                                            ? "none is published yet; publish one with"
                                                    + " `sidestream codebook publish`"
                                            : "known are " + String.join(", ", known)));
        }
    }

    private void watch(Sources sources, Connection connection) throws InterruptedException {
        HourglassScreen hourglass = new HourglassScreen(console);
        sources.flow().sample();
        try (LiveScreen screen = LiveScreen.open(console, !once)) {
            do {
                sources.follow(interval);
                Frame frame = screen.frame();
                frame.line(heading(sources.flow(), connection));
                List<String> versions = shown(sources);
                if (versions.isEmpty()) {
                    frame.line(
                            "no codebook is live; publish one with `sidestream codebook publish`");
                }
                Instant now = Instant.now();
                for (String one : versions) {
                    frame.line("");
                    hourglass.draw(sources.state(one), now, frame);
                }
                screen.show(frame);
            } while (!once && !screen.isAbandoned());
        }
    }

    private List<String> shown(Sources sources) {
        return version != null
                ? List.of(version)
                : sources.codebooks().live().stream().map(CodebookManifest::getVersion).toList();
    }

    private static String heading(Flow flow, Connection connection) {
        StringBuilder line = new StringBuilder("Kafka at ").append(connection.bootstrap());
        flow.arrivals()
                .ifPresent(
                        rate ->
                                line.append(
                                        String.format(
                                                Locale.ROOT, "   %,.0f embeddings/s in", rate)));
        flow.lag()
                .ifPresentOrElse(
                        lag ->
                                line.append(
                                        String.format(
                                                Locale.ROOT,
                                                "   %,d not yet in a checkpoint",
                                                lag)),
                        () -> line.append("   the job has made no checkpoint yet"));
        return line.toString();
    }
}
