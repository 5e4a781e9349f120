package io.sidestream.local.commands;

import static io.sidestream.local.kafka.TestingHourglass.plan;
import static io.sidestream.local.kafka.TestingHourglass.send;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.Sidestream;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.TypeConversionException;

/** {@code watch} and {@code report} as a user would give them, on a real broker. */
@ExtendWith(TestingKafka.class)
class HourglassCommandsTest {

    @TempDir private Path folder;
    private Connection connection;
    private TestingConsole console;

    @Test
    void leadFromNoTopicsToAReport(Connection given) throws Exception {
        connection = given;
        Path page = folder.resolve("report.html");
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

        assertThat(run("watch --once")).isEqualTo(1);
        assertThat(console.err()).contains("topics create");
        assertThat(run("report --out", page.toString())).isEqualTo(1);
        assertThat(console.err()).contains("topics create");
        assertThat(run("report --out", folder.toString())).isEqualTo(1);
        assertThat(console.err()).contains("is a directory");
        assertThat(run("topics create --partitions 2")).isZero();

        assertThat(watch()).isZero();
        assertThat(console.out()).contains("no codebook is live", "codebook publish");
        assertThat(run("report --out", page.toString())).isEqualTo(1);
        assertThat(console.err()).contains("no report", "sid-hourglass", "is it running?");

        send(connection, connection.topics().codebooks(), "v1", manifest(now));
        assertThat(watch()).isZero();
        assertThat(console.out()).contains("v1 ACTIVE", "no report yet");
        assertThat(watch("--version=v9")).isEqualTo(1);
        assertThat(console.err()).contains("no codebook version v9", "known are v1");

        send(
                connection,
                connection.topics().hourglass(),
                "v1",
                standing("v1", now, new long[] {3, 3}, new long[] {6, 0}));
        send(connection, connection.topics().remaps(), "v1", plan("v1", 1, now, 0));
        assertThat(watch()).isZero();
        assertThat(console.out()).contains("v1 ACTIVE   6 items", "█", "remap approve 1");

        assertThat(run("report --since", "1 h", "--version=v2", "--out", page.toString()))
                .isEqualTo(1);
        assertThat(console.err()).contains("codebook version v2", "since");
        assertThat(run("report --since", "1 h", "--out", page.toString())).isZero();
        assertThat(console.err()).contains("report.html tells");
        assertThat(page).content().contains("\"version\":\"v1\"", "\"policy\":\"top-p=0.85\"");
    }

    @Test
    void understandsInstantsAndTimesBeforeNow() {
        ReportCommand.InstantConverter converter = new ReportCommand.InstantConverter();

        assertThat(converter.convert("2026-01-31T12:00:00Z")).isEqualTo("2026-01-31T12:00:00Z");
        assertThat(Duration.between(converter.convert("2 h"), Instant.now()))
                .isBetween(Duration.ofHours(2), Duration.ofHours(2).plusMinutes(1));
        assertThatThrownBy(() -> converter.convert("yesterday"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'yesterday'");
    }

    private static CodebookManifest manifest(Instant now) {
        return CodebookManifest.newBuilder()
                .setVersion("v1")
                .setUri("file:/nowhere")
                .setSha256("0".repeat(64))
                .setDimension(2)
                .setLayerSizes(List.of(2, 2))
                .setNormalize(false)
                .setStatus(CodebookStatus.ACTIVE)
                .setPublishedAt(now)
                .build();
    }

    private int watch(String... more) {
        return run("watch --once --interval=10ms", more);
    }

    private int run(String command, String... more) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of(more));
        arguments.add("--bootstrap=" + connection.bootstrap());
        arguments.add("--topic-prefix=" + connection.topics().prefix());
        console = TestingConsole.plain();
        return Sidestream.run(console.console(), arguments.toArray(new String[0]));
    }
}
