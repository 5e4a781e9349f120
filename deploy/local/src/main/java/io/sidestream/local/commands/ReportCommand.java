package io.sidestream.local.commands;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.HourglassLog;
import io.sidestream.local.kafka.RemapLog;
import io.sidestream.local.report.History;
import io.sidestream.local.report.ReportPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.flink.util.TimeUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "report",
        description = {
            "Write a page with every layer's token distribution, skew over time, alerts and plans.",
            "It is one HTML file that any browser shows, without a network."
        })
final class ReportCommand implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "report.html",
            description = "File to write (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "This codebook version only (default: all).")
    private String version;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = InstantConverter.class,
            description =
                    "Leave out what was reported before: 2026-01-31T12:00:00Z, or 2 h for the last"
                            + " two hours (default: all that the topic still holds).")
    private Instant since = Instant.EPOCH;

    private final Console console;

    ReportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        OutputFile.requireWritable("--out", out);
        Connection connection = connectionOptions.connection();
        History history = history(connection, version, since);
        if (history.isEmpty()) {
            throw new UserError(none(connection));
        }
        write(connection, history, out);
        console.note(
                String.format(
                        Locale.ROOT, "%s tells what %,d reports said", out, history.reports()));
        return 0;
    }

    /** All that has been said of a version, or of all if it is null, since a time. */
    static History history(Connection connection, String version, Instant since)
            throws InterruptedException {
        History history = new History(version, since, RemapLog.read(connection));
        HourglassLog.read(connection, history);
        return history;
    }

    static void write(Connection connection, History history, Path file) throws IOException {
        Files.writeString(
                file,
                ReportPage.of(
                        history,
                        Instant.now(),
                        List.of(connection.topics().hourglass(), connection.topics().remaps())),
                UTF_8);
    }

    private String none(Connection connection) {
        return ("there is no report%s%s in topic %s at %s: the indexing job writes one every"
                        + " sidestream.watch.interval (10 s) for every live codebook; is it"
                        + " running?")
                .formatted(
                        version == null ? "" : " of codebook version " + version,
                        since.equals(Instant.EPOCH) ? "" : " since " + since,
                        connection.topics().hourglass(),
                        connection.bootstrap());
    }

    /** Reads an instant, or a time before now. */
    static final class InstantConverter implements ITypeConverter<Instant> {

        @Override
        public Instant convert(String text) {
            try {
                return Instant.parse(text);
            } catch (DateTimeParseException notAnInstant) {
                try {
                    Duration ago = TimeUtils.parseDuration(text);
                    return Instant.now().minus(ago);
                } catch (IllegalArgumentException e) {
                    throw new TypeConversionException(
                            ("'%s' is neither an instant like 2026-01-31T12:00:00Z nor a time"
                                            + " like 2 h")
                                    .formatted(text));
                }
            }
        }
    }
}
