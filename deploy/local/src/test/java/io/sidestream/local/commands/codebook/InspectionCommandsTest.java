package io.sidestream.local.commands.codebook;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.send;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.Sidestream;
import io.sidestream.local.commands.TestingNpy;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TestingCatalog;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The commands that look at the catalog and at versions, on a real broker. */
@ExtendWith(TestingKafka.class)
class InspectionCommandsTest {

    @TempDir private Path folder;
    private Connection connection;
    private TestingCatalog catalog;
    private TestingConsole console;

    @BeforeEach
    void createTopics(Connection given) throws InterruptedException {
        connection = given;
        catalog = TestingCatalog.create(given);
    }

    @Test
    void trainsOnTheItemsInTheTopic() throws IOException {
        float[][] embeddings = randomEmbeddings(200);
        for (int i = 0; i < embeddings.length; i++) {
            catalog.embed("item-" + i, embeddings[i]);
        }
        catalog.embed("gone", 9, 9).delete("gone").embed("long", 1, 2, 3);

        assertThat(train("t1", "--seed 7")).isZero();
        assertThat(console.err()).contains("200 of 200 live items, dimension 2", "1 records");
        Codebook codebook = read("t1");
        assertThat(codebook.facts())
                .containsEntry("sample_rows", "200")
                .containsEntry("sample_topic", connection.topics().itemEmbeddings())
                .containsEntry("sample_live_items", "200");
        assertThat(train("t2", "--seed 7 --threads 1")).isZero();
        assertThat(read("t2").layer(2)).isEqualTo(codebook.layer(2));
        assertThat(train("t3", "--seed 7 --sample 100")).isZero();
        assertThat(read("t3").facts()).containsEntry("sample_rows", "100");
        assertThat(train("t4", "--dimension 4")).isEqualTo(1);
        assertThat(console.err()).contains("dimension 4");
        assertThat(run("codebook train --from-topic --embeddings e.npy", "--out=" + file("t5")))
                .isEqualTo(2);
    }

    @Test
    void trainsOnFromAFileOrAVersion() throws Exception {
        for (float[] embedding : randomEmbeddings(50)) {
            catalog.embed("item-" + embedding[0], embedding);
        }
        Codebook start = Codebook.of("v1", 2, true, new float[][] {{1, 0, 0, 1}}, Map.of());
        publish(start, CodebookStatus.ACTIVE);
        String sha256 = CodebookFile.write(start, file("v1"));

        assertThat(
                        run(
                                "codebook train --from-topic --warm-start v1 --version t1",
                                "--out=" + file("t1")))
                .isZero();
        assertThat(
                        run(
                                "codebook train --from-topic --version t2",
                                "--warm-start=" + file("v1"),
                                "--out=" + file("t2")))
                .isZero();

        assertThat(read("t1").facts()).containsEntry("warm_start", "v1 " + sha256);
        assertThat(read("t1").normalize()).isTrue();
        assertThat(read("t1").layerSizes()).containsExactly(2);
        assertThat(read("t2").layer(1)).isEqualTo(read("t1").layer(1));
        assertThat(
                        run(
                                "codebook train --from-topic --layers 3 --warm-start v1",
                                "--out=" + file("t3")))
                .isEqualTo(1);
        assertThat(console.err()).contains("codebook v1", "[3]");
        assertThat(run("codebook train --from-topic --warm-start v9", "--out=" + file("t3")))
                .isEqualTo(1);
        assertThat(console.err()).contains("no codebook version v9", "v1");
    }

    @Test
    void givesAnImportedCodebookWhatDriftIsMeasuredAgainst() throws IOException {
        Files.write(file("theirs.npy"), TestingNpy.of(new int[] {1, 2, 1}, 0, 10));
        Files.write(file("e.npy"), TestingNpy.of(new int[] {3, 1}, 1, 2, 9));
        catalog.embed("a", 1).embed("b", 9).embed("c", 8).embed("d", 12);
        String command = "codebook import --version v1 --from=" + file("theirs.npy");

        assertThat(run(command, "--out=" + file("v1"))).isZero();
        assertThat(read("v1").facts()).doesNotContainKey("histogram.layer_1");
        assertThat(run(command, "--out=" + file("v1"), "--reference=" + file("e.npy"))).isZero();
        assertThat(read("v1").facts())
                .containsEntry("histogram.layer_1", "2,1")
                .containsKey("quantization_error");
        assertThat(run(command, "--out=" + file("v1"), "--reference-topic")).isZero();
        assertThat(read("v1").facts())
                .containsEntry("histogram.layer_1", "1,3")
                .containsEntry("sample_live_items", "4");
    }

    @Test
    void comparesTwoVersions() throws Exception {
        catalog.version("v1").version("v2");
        publish(codebook("v1"), CodebookStatus.ACTIVE);
        publish(codebook("v2"), CodebookStatus.SHADOW);
        publish(codebook("old"), CodebookStatus.RETIRED);
        catalog.publish(update("a", "v1", 0)).publish(update("b", "v1", 1));
        catalog.publish(update("a", "v2", 0)).publish(update("b", "v2", 2));
        catalog.publish(update("c", "v2", 3));

        assertThat(run("codebook compare v1 v2")).isZero();
        assertThat(console.err()).contains("have not been counted", "sidestream.watch.enabled");
        assertThat(console.out())
                .contains("2 items in both; 0 are only in v1, 1 only in v2")
                .containsPattern("token of layer 1 +1 +50\\.0%\n")
                .containsPattern("path +1 +50\\.0%\n");

        for (String version : List.of("v1", "v2")) {
            send(
                    connection,
                    connection.topics().hourglass(),
                    version,
                    standing(version, AT, new long[] {version.equals("v1") ? 2 : 1, 1, 1, 0}));
        }
        assertThat(run("codebook compare v1 v2")).isZero();
        assertThat(console.err()).doesNotContain("warning");
        assertThat(console.out())
                .containsPattern(" +v1 +v2\n")
                .containsPattern("status +ACTIVE +SHADOW\n")
                .containsPattern("items +4 +3\n")
                .containsPattern("collision rate +0\\.0% +0\\.0%\n")
                .containsPattern("\n +1 +v1 +4 +0\\.75")
                .containsPattern("\n +1 +v2 +4 +0\\.79");
        assertThat(console.out().lines()).allMatch(line -> line.length() <= 100);

        assertThat(run("codebook compare v1 v2 --json")).isZero();
        JsonNode json = new ObjectMapper().readTree(console.out());
        assertThat(json.at("/at").asText()).isEqualTo(AT.toString());
        assertThat(json.at("/first/status").asText()).isEqualTo("ACTIVE");
        assertThat(json.at("/second/layers/0/entropy_ratio").asDouble()).isGreaterThan(0.79);
        assertThat(json.at("/churn/items").asInt()).isEqualTo(2);
        assertThat(json.at("/churn/only_second").asInt()).isEqualTo(1);
        assertThat(json.at("/churn/layers/0/share").asDouble()).isEqualTo(0.5);

        assertThat(run("codebook compare v1 v1")).isEqualTo(1);
        assertThat(run("codebook compare v1 v9")).isEqualTo(1);
        assertThat(console.err()).contains("no codebook version v9", "v1");
        assertThat(run("codebook compare v1 old")).isEqualTo(1);
        assertThat(console.err()).contains("retired");
    }

    @Test
    void verifiesAVersion() throws Exception {
        catalog.version("v1");
        publish(codebook("v1"), CodebookStatus.SHADOW);
        catalog.embed("a", 0.1f).embed("b", 1.9f);
        catalog.publish(update("a", "v1", 0)).publish(update("b", "v1", 2));

        assertThat(run("codebook verify v1")).isZero();
        assertThat(console.out()).contains("2 items checked, all of them as they should be");

        catalog.embed("b", 3).embed("c", 1).publish(update("\u001b", "v1", 2));
        assertThat(run("codebook verify v1 --timeout 200ms")).isEqualTo(1);
        assertThat(console.out())
                .contains("\"b\" has the codes [2], but its embedding at partition ")
                .contains(" has [3]\n", "\"c\" has no SID, but its embedding at ", "codes [1]\n")
                .contains("\"\\u001b\" has the codes [2], but is not among the embeddings\n");
        assertThat(console.err()).contains("3 of 4 items checked", "codebook backfill v1");

        assertThat(run("codebook verify v9")).isEqualTo(1);
        assertThat(console.err()).contains("no codebook version v9");
    }

    private static float[][] randomEmbeddings(int count) {
        Random random = new Random(1);
        float[][] embeddings = new float[count][];
        for (int i = 0; i < count; i++) {
            embeddings[i] = new float[] {random.nextFloat(), random.nextFloat()};
        }
        return embeddings;
    }

    /** One layer; the codeword of an embedding is the whole number next to it. */
    private static Codebook codebook(String version) {
        return Codebook.of(version, 1, false, new float[][] {{0, 1, 2, 3}}, Map.of());
    }

    private void publish(Codebook codebook, CodebookStatus status) throws Exception {
        CodebookManifest manifest =
                new CodebookStore(folder.resolve("store").toUri()).put(codebook, status, AT);
        send(connection, connection.topics().codebooks(), codebook.version(), manifest);
    }

    private static SidUpdate update(String item, String version, int code) {
        return TestingUpdates.of(item, version, UpdateReason.NEW, 0, code);
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private Codebook read(String name) throws IOException {
        return CodebookFile.read(file(name)).codebook();
    }

    private int train(String version, String options) {
        return run(
                "codebook train --from-topic --layers 4,8 --version " + version + " " + options,
                "--out=" + file(version));
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
