package io.sidestream.local.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.Sidestream;
import io.sidestream.local.console.TestingConsole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused, and before anything is started. */
class IndexCommandTest {

    private final TestingConsole console = TestingConsole.plain();
    @TempDir private Path folder;
    private Path embeddings;
    private Path codebook;
    private Path export;

    @BeforeEach
    void writeFiles() throws IOException {
        embeddings = folder.resolve("items.jsonl");
        Files.writeString(embeddings, "{\"id\":\"one\",\"embedding\":[1,2,3]}\n");
        codebook = folder.resolve("codebook.safetensors");
        export = folder.resolve("sids.jsonl");
        writeCodebook(3);
    }

    private void writeCodebook(int dimension) throws IOException {
        float[][] layers = {new float[2 * dimension]};
        layers[0][0] = 1;
        CodebookFile.write(Codebook.of("v1", dimension, false, layers, Map.of()), codebook);
    }

    @Test
    void refusesACodebookOfAnotherDimension() throws IOException {
        writeCodebook(4);
        embeddings = folder.resolve("items.npy");
        Files.write(embeddings, TestingNpy.of(new int[] {1, 3}, 1, 2, 3));

        assertThat(index()).isEqualTo(1);
        assertThat(console.err())
                .contains(embeddings + " holds embeddings of dimension 3")
                .contains(codebook + " takes 4")
                .doesNotContain("starting");
        assertThat(export).doesNotExist();
    }

    @Test
    void refusesADirectoryToExportTo() {
        export = folder;

        assertThat(index()).isEqualTo(1);
        assertThat(console.err()).contains("--export " + folder + " is a directory");
    }

    @Test
    void refusesADirectoryToReportTo() {
        assertThat(index("--hourglass", folder.toString())).isEqualTo(1);
        assertThat(console.err())
                .contains("--hourglass " + folder + " is a directory")
                .doesNotContain("starting");
    }

    @Test
    void refusesDeletionsThatAreNotThere() {
        assertThat(index("--delete", folder.resolve("nobody.txt").toString())).isEqualTo(1);
        assertThat(console.err()).contains("there is no file " + folder.resolve("nobody.txt"));
    }

    @Test
    void refusesADataDirectoryOfSomethingElse() {
        assertThat(index("--data", folder.toString())).isEqualTo(1);
        assertThat(console.err()).contains(folder + " is not empty and was not made by Sidestream");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--parallelism | 0 | 2 | --parallelism must be from 1 to 128, not 0",
                "--parallelism | 9999 | 2 | --parallelism must be from 1 to 128, not 9999",
                "--checkpoint-interval | soon | 2 | is no time like 500 ms",
                "--checkpoint-interval | 1 ms | 2 | is less than 10 ms",
                "--disambiguation | perhaps | 1 | not one of append, when-needed, none",
                "--sid-template | <x> | 1 | must contain {token}",
                "--remap | top-q=0.85 | 2 | there is no such policy; write top-p=0.85",
                "--remap | top-p=1.5 | 2 | p must be from 0 to 1, not 1.5",
                "--remap-layer | 1 | 1 | --remap is missing",
                "--remap | drop-layer | 1 | --remap-layer is 2, but codebook version v1 has layer 1"
                        + " only",
                "--option | sidestream.assign.bundle-size=0 | 1 | sidestream.assign.bundle-size is"
                        + " 0",
                "--option | sidestream.assign.bundel-size=7 | 1 | There is no option"
                        + " sidestream.assign.bundel-size",
                "--option | sidestream.topics.prefix=a/b | 1 | sidestream.topics.prefix: Topic"
                        + " prefix 'a/b' is not usable",
            })
    void refusesOptionsThatAreNotUsable(String option, String value, int exitCode, String message) {
        assertThat(index(option, value)).isEqualTo(exitCode);
        assertThat(console.err()).contains(message).doesNotContain("starting");
    }

    private int index(String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "index",
                                "--embeddings",
                                embeddings.toString(),
                                "--codebook",
                                codebook.toString(),
                                "--export",
                                export.toString()));
        arguments.addAll(List.of(more));
        return Sidestream.run(console.console(), arguments.toArray(new String[0]));
    }
}
