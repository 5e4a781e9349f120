package io.sidestream.local.commands.codebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.Sidestream;
import io.sidestream.local.commands.TestingNpy;
import io.sidestream.local.console.TestingConsole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodebookCommandsTest {

    private final TestingConsole console = TestingConsole.plain();
    @TempDir private Path folder;

    @Test
    void trainsACodebookOnAFile() throws IOException {
        StringBuilder lines = new StringBuilder();
        Random random = new Random(1);
        for (int item = 0; item < 200; item++) {
            lines.append(
                    "{\"id\": \"%d\", \"embedding\": [%s, %s]}%n"
                            .formatted(item, random.nextDouble(), random.nextDouble()));
        }
        Path embeddings = Files.writeString(folder.resolve("e.jsonl"), lines);

        int exitCode =
                run(
                        "codebook train --layers 4,8 --seed 7 --iterations 3 --threads 1"
                                + " --normalize --version t1",
                        "--embeddings=" + embeddings,
                        "--out=" + path("t1.safetensors"));

        assertThat(console.err()).startsWith("train: ");
        assertThat(exitCode).isZero();
        CodebookFile.Loaded loaded = CodebookFile.read(path("t1.safetensors"));
        assertThat(loaded.codebook().version()).isEqualTo("t1");
        assertThat(loaded.codebook().normalize()).isTrue();
        assertThat(loaded.codebook().layerSizes()).containsExactly(4, 8);
        assertThat(loaded.codebook().facts()).containsEntry("seed", "7");
        assertThat(console.out())
                .contains(loaded.sha256())
                .containsPattern("layer +codewords +relative error +entropy ratio")
                .containsPattern("\n +1 +4 +0\\.")
                .containsPattern("\n +2 +8 +0\\.");
    }

    @Test
    void saysWhatToDoAboutTooFewEmbeddings() throws IOException {
        Path embeddings =
                Files.writeString(
                        folder.resolve("e.jsonl"), "{\"id\": \"a\", \"embedding\": [1]}\n");

        assertThat(run("codebook train", "--embeddings=" + embeddings, "--out=" + path("x")))
                .isEqualTo(1);
        assertThat(console.err()).contains("e.jsonl", "256 codewords", "only 1");
        assertThat(path("x")).doesNotExist();
    }

    @Test
    void importsAnotherToolsCodebook() throws IOException {
        Files.write(path("theirs.npy"), TestingNpy.of(new int[] {2, 3, 1}, 0, 1, 2, 3, 4, 5));

        assertThat(
                        run(
                                "codebook import --version theirs --normalize",
                                "--from=" + path("theirs.npy"),
                                "--out=" + path("ours.safetensors")))
                .isZero();
        Codebook codebook = CodebookFile.read(path("ours.safetensors")).codebook();
        assertThat(codebook.version()).isEqualTo("theirs");
        assertThat(codebook.normalize()).isTrue();
        assertThat(codebook.layer(2)).containsExactly(3, 4, 5);
    }

    @Test
    void inspectsAFile() throws IOException {
        String sha256 = write("v1", false, new float[] {3, 4, 0, 5, 0, 0});

        assertThat(run("codebook inspect", path("v1").toString())).isZero();
        assertThat(console.out())
                .contains(sha256)
                .containsPattern("version +v1\n")
                .containsPattern("normalize +no\n")
                .containsPattern("origin +by hand\n")
                .containsPattern("\n +1 +3 +0\\.0+ +3\\.333 +5\\.000\n");
    }

    @Test
    void inspectsAFileForMachines() throws IOException {
        String sha256 = write("v1", true, new float[] {3, 4, 0, 5, 0, 0});

        assertThat(run("codebook inspect --json", path("v1").toString())).isZero();
        JsonNode json = new ObjectMapper().readTree(console.out());
        assertThat(json.get("sha256").asText()).isEqualTo(sha256);
        assertThat(json.get("dimension").asInt()).isEqualTo(2);
        assertThat(json.get("normalize").asBoolean()).isTrue();
        assertThat(json.get("facts").get("origin").asText()).isEqualTo("by hand");
        assertThat(json.get("layers").get(0).get("greatest_norm").asDouble()).isEqualTo(5);
    }

    @Test
    void inspectsAnotherToolsFile() throws IOException {
        Files.write(path("theirs.npy"), TestingNpy.of(new int[] {2, 1, 2}, 3, 4, 0, 1));

        assertThat(run("codebook inspect", path("theirs.npy").toString())).isZero();
        assertThat(console.err()).contains("codebook import");
        assertThat(console.out())
                .contains("dimension")
                .containsPattern("source_format +npy\n")
                .containsPattern("\n +2 +1 +1\\.0+ +1\\.0+ +1\\.0+\n")
                .doesNotContain("version", "SHA-256", "normalize");
    }

    @Test
    void inspectsAnotherToolsFileForMachines() throws IOException {
        Files.write(path("theirs.npy"), TestingNpy.of(new int[] {1, 1, 2}, 3, 4));

        assertThat(run("codebook inspect --json", path("theirs.npy").toString())).isZero();
        JsonNode json = new ObjectMapper().readTree(console.out());
        assertThat(json.get("dimension").asInt()).isEqualTo(2);
        assertThat(json.get("version").isNull()).isTrue();
        assertThat(json.get("sha256").isNull()).isTrue();
        assertThat(json.get("normalize").isNull()).isTrue();
    }

    @Test
    void saysWhatIsWrongWithAFileThatIsNoCodebook() throws IOException {
        Files.writeString(path("notes.txt"), "nothing of interest");

        assertThat(run("codebook inspect", path("notes.txt").toString())).isEqualTo(1);
        assertThat(console.err()).startsWith("error: " + path("notes.txt"));
    }

    @Test
    void readsWhatItTakesForACodebook() throws IOException {
        write("v1", true, new float[] {1, 2});
        Files.write(path("theirs.npy"), TestingNpy.of(new int[] {1, 1, 1}, 4));

        assertThat(CodebookInput.read(path("v1"), null, "v9", false))
                .satisfies(
                        input -> {
                            assertThat(input.imported()).isFalse();
                            assertThat(input.codebook().version()).isEqualTo("v1");
                            assertThat(input.codebook().normalize()).isTrue();
                        });
        assertThat(CodebookInput.read(path("v1"), "v2", null, true).codebook().version())
                .isEqualTo("v2");
        assertThat(CodebookInput.read(path("theirs.npy"), "v3", null, true))
                .satisfies(
                        input -> {
                            assertThat(input.imported()).isTrue();
                            assertThat(input.codebook().version()).isEqualTo("v3");
                            assertThat(input.codebook().normalize()).isTrue();
                        });
        assertThat(CodebookInput.read(path("theirs.npy"), null, "v9", true).codebook().version())
                .isEqualTo("v9");
    }

    @Test
    void asksForTheNameOfAVersionThatTheFileDoesNotGive() throws IOException {
        Files.write(path("theirs.npy"), TestingNpy.of(new int[] {1, 1, 1}, 4));

        assertThat(run("codebook publish", "--file=" + path("theirs.npy"))).isEqualTo(1);
        assertThat(console.err()).contains("theirs.npy", "--version");
    }

    @Test
    void refusesANormalizationThatContradictsTheFile() throws IOException {
        write("v1", false, new float[] {1, 2});

        assertThat(run("codebook publish --normalize", "--file=" + path("v1"))).isEqualTo(1);
        assertThat(console.err()).contains("normalize=false");
    }

    @Test
    void refusesAnIllegalVersionName() throws IOException {
        write("v1", false, new float[] {1, 2});

        assertThat(run("codebook publish --version a/b", "--file=" + path("v1"))).isEqualTo(1);
        assertThat(console.err()).contains("a/b");
    }

    private int run(String command, String... more) {
        String[] words = command.split(" ");
        String[] arguments = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, arguments, words.length, more.length);
        return Sidestream.run(console.console(), arguments);
    }

    private Path path(String name) {
        return folder.resolve(name);
    }

    /** A codebook of one layer and dimension 2, in a file of its version's name. */
    private String write(String version, boolean normalize, float[] layer) throws IOException {
        Codebook codebook =
                Codebook.of(
                        version, 2, normalize, new float[][] {layer}, Map.of("origin", "by hand"));
        return CodebookFile.write(codebook, path(version));
    }
}
