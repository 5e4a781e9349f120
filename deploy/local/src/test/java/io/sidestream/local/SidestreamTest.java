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
