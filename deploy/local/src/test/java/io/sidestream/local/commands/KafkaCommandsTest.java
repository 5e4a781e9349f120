package io.sidestream.local.commands;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.Sidestream;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user would give them, one after the other, on a real broker. */
@ExtendWith(TestingKafka.class)
class KafkaCommandsTest {

    @TempDir private Path folder;
    private Connection connection;
    private TestingConsole console;

    @Test
    void leadFromNoTopicsToAnExport(Connection given) throws IOException {
        connection = given;
        Path codebook = folder.resolve("v1.safetensors");
        CodebookFile.write(
                Codebook.of("v1", 2, false, new float[][] {{0, 0, 1, 1}}, Map.of()), codebook);
        Path items =
                Files.writeString(
                        folder.resolve("items.jsonl"),
                        """
                        {"id": "a", "embedding": [1, 2]}
                        {"id": "b", "embedding": [3, 4]}
                        """);
        Path gone = Files.writeString(folder.resolve("gone.txt"), "a\n\nb\n");
        Path sids = folder.resolve("sids.jsonl");

        assertThat(run("topics list")).isZero();
        assertThat(console.err()).contains("missing: ", "item-embeddings", "topics create");
        assertThat(run("ingest --embeddings", items.toString())).isEqualTo(1);
        assertThat(console.err()).contains("topics create");
        assertThat(run("topics create --partitions 2")).isZero();
        assertThat(console.out()).containsPattern("item-embeddings +created");
        assertThat(run("topics create")).isZero();
        assertThat(console.out()).containsPattern("item-embeddings +exists");

        assertThat(run("codebook list")).isZero();
        assertThat(console.err()).contains("no codebook version is published");
        assertThat(run("export --out -")).isEqualTo(1);
        assertThat(console.err()).contains("no codebook version is active", "--version");
        String store = "--store=" + folder.resolve("store");
        assertThat(run("codebook publish --no-wait", "--file=" + codebook, store)).isZero();
        assertThat(console.out()).contains("is SHADOW", "file:", "sid-updates.v1");
        assertThat(run("codebook publish --activate --no-wait", "--file=" + codebook, store))
                .isZero();
        assertThat(console.out()).contains("is ACTIVE");
        assertThat(run("codebook list")).isZero();
        assertThat(console.out()).containsPattern("v1 +ACTIVE +2 +2 +no");

        assertThat(run("ingest --rate 1000 --embeddings", items.toString())).isZero();
        assertThat(console.err()).startsWith("ingest: 2 items in").doesNotContain("warning");
        assertThat(run("delete --ids", gone.toString())).isZero();
        assertThat(console.err()).startsWith("delete: 2 items in");
        assertThat(run("topics list")).isZero();
        assertThat(console.out())
                .containsPattern("item-embeddings +2 +1 +compact +4\n")
                .containsPattern("sid-updates.v1 +2 +1 +compact +0\n");

        publishUpdate("a");
        assertThat(run("export --out", sids.toString())).isZero();
        assertThat(console.err()).contains("1 items of codebook version v1 in " + sids);
        assertThat(sids).content().startsWith("{\"item_id\":\"a\",");
        assertThat(run("export --version v1 --out -")).isZero();
        assertThat(console.out()).isEqualTo(Files.readString(sids));
        assertThat(run("tail --from-beginning --max 1")).isZero();
        assertThat(console.out()).startsWith("v1  a ").hasLineCount(1);
        assertThat(run("tail --from-beginning --max 1 --json")).isZero();
        assertThat(console.out()).startsWith("{\"kind\":\"update\",\"item_id\":\"a\"");
    }

    @Test
    void warnOfEmbeddingsThatNoCodebookTakes(Connection given) throws IOException {
        connection = given;
        Path codebook = folder.resolve("v1.safetensors");
        CodebookFile.write(
                Codebook.of("v1", 2, false, new float[][] {{0, 0, 1, 1}}, Map.of()), codebook);
        Path items =
                Files.writeString(
                        folder.resolve("items.jsonl"),
                        "{\"id\": \"a\", \"embedding\": [1, 2, 3]}\n");
        run("topics create");
        run("codebook publish --no-wait", "--file=" + codebook, "--store=" + folder);

        assertThat(run("ingest --embeddings", items.toString())).isZero();
        assertThat(console.err()).contains("warning: ", "dimension 3", "v1 takes 2");
    }

    private void publishUpdate(String itemId) {
        SidUpdate update = TestingUpdates.of(itemId, "v1", UpdateReason.NEW, 0, 1);
        try (Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            Future<RecordMetadata> sent =
                    producer.send(
                            new ProducerRecord<>(
                                    connection.topics().updates("v1"),
                                    itemId.getBytes(UTF_8),
                                    SingleObjectFormat.of(SidUpdate.class).encode(update)));
            assertThat(sent).succeedsWithin(Duration.ofMinutes(5));
        }
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
