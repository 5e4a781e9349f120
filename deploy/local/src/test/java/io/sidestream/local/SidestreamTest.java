package io.sidestream.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.local.commands.Commands;
import io.sidestream.local.console.TestingConsole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class SidestreamTest {

    private final TestingConsole console = TestingConsole.plain();
    @TempDir private Path folder;

    @Test
    void showsItsHelpWhenNothingIsAsked() {
        assertThat(run()).isEqualTo(2);
        assertThat(console.err()).contains("which command?", "Usage: sidestream", "codebook");
        assertThat(console.out()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpsWithEveryCommand(String command) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.add("--help");

        assertThat(run(arguments.toArray(new String[0]))).isZero();
        assertThat(console.out()).startsWith("Usage: sidestream " + command);
        assertThat(console.err()).isEmpty();
    }

    static Stream<String> commands() {
        CommandLine root = new CommandLine(CommandSpec.create());
        Commands.all(TestingConsole.plain().console()).forEach(root::addSubcommand);
        return names(root, "").filter(name -> !name.equals("help"));
    }

    private static Stream<String> names(CommandLine command, String before) {
        return command.getSubcommands().entrySet().stream()
                .flatMap(
                        sub ->
                                Stream.concat(
                                        Stream.of(before + sub.getKey()),
                                        names(sub.getValue(), before + sub.getKey() + " ")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "frobnicate",
                "codebook",
                "topics",
                "topics create --partitions 0",
                "topics create --replication 0",
                "ingest",
                "ingest --embeddings x.npy --rate -1",
                "ingest --embeddings x.npy --rate NaN",
                "codebook train --embeddings x.npy --out y --layers 256,",
                "tail --max 0",
                "export --out x --versoin v1"
            })
    void doesNotGuessWhatWasMeant(String line) {
        assertThat(run(line.split(" "))).isEqualTo(2);
        assertThat(console.err()).startsWith("error: ").doesNotContain("Exception");
        assertThat(console.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tail --kafka-property sasl.jaas.config hunter2",
                "tail --kafka-propery sasl.jaas.config=hunter2",
                "tail --kafka-propery=sasl.jaas.config=hunter2",
                "tail --kafka-property=hunter2",
                "tail --kafka-property hunter2",
                "tail sasl.jaas.config=hunter2",
                "tail --max 3 ssl.key.password=a=hunter2=b",
                "frobnicate --kafka-property sasl.jaas.config=hunter2",
                "codebook frobnicate x=hunter2",
                "up --option sidestream.kafka.properties.ssl.keystore.key=hunter2 --oops",
                "up --option sidestream.kafka.properties.ssl.keystore.key=hunter2",
                "up --option hunter2",
                "ingest --embeddings x.npy --rate many --kafka-property sasl.password=hunter2",
                "tail --kafka-config /no/such/file --kafka-property a=hunter2 --oops=hunter2",
            })
    void showsNoValueOfASetting(String line) {
        assertThat(run(line.split(" "))).isNotZero();

        assertThat(console.err()).startsWith("error: ").doesNotContain("hunter2");
        assertThat(console.out()).doesNotContain("hunter2");
    }

    @Test
    void warnsThatACommandLineCanBeSeen() {
        run("tail", "--help");

        assertThat(console.out().replaceAll("\\s+", " "))
                .contains("No place for secrets", "the place for secrets");
    }

    @Test
    void saysHowMuchMemoryItHasAndHowToGiveItMore() {
        int code =
                Sidestream.guarded(
                        console.console(),
                        () -> {
                            throw new OutOfMemoryError("Java heap space");
                        });

        assertThat(code).isEqualTo(1);
        assertThat(console.err()).contains("needs more memory", "MiB", "SIDESTREAM_JAVA_OPTS=-Xmx");
    }

    @Test
    void namesTheFileThatIsNotThere() {
        String missing = folder.resolve("none.npy").toString();

        assertThat(run("ingest", "--embeddings", missing)).isEqualTo(1);
        assertThat(console.err()).contains("error: there is no file " + missing);
    }

    @Test
    void passesOnWhatIsWrongWithAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("bad.npy"), "nonsense");

        assertThat(run("ingest", "--embeddings", file.toString())).isEqualTo(1);
        assertThat(console.err()).contains("error: " + file).doesNotContain("Exception");
    }

    @Test
    void saysItsVersion() {
        assertThat(run("--version")).isZero();
        assertThat(console.out()).startsWith("sidestream ");
    }

    private int run(String... arguments) {
        return Sidestream.run(console.console(), arguments);
    }
}
