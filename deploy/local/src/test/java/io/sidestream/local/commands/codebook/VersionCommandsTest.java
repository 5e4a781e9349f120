package io.sidestream.local.commands.codebook;

import static io.sidestream.local.kafka.TestingHourglass.send;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static io.sidestream.local.kafka.TestingVersions.AT;
import static io.sidestream.local.kafka.TestingVersions.active;
import static io.sidestream.local.kafka.TestingVersions.backfill;
import static io.sidestream.local.kafka.TestingVersions.live;
import static io.sidestream.local.kafka.TestingVersions.manifest;
import static io.sidestream.local.kafka.TestingVersions.retirement;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.Sidestream;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ControlKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user would give them, on a real broker; what the job says is made up. */
@ExtendWith(TestingKafka.class)
class VersionCommandsTest {

    @TempDir private Path folder;
    private Connection connection;
    private TestingConsole console;

    @BeforeEach
    void createTopics(Connection given) throws Exception {
        connection = given;
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(connection.topics().fixed(), 1, TopicAdmin.BROKERS_REPLICATION);
        }
    }

    @Test
    void publishesAndWaitsUntilTheVersionIsLive() throws Exception {
        goLive("v1", 2, null);

        assertThat(run("codebook publish", file("v1"), store())).isZero();
        assertThat(console.out()).contains("is SHADOW", "updates  ");
        assertThat(console.err()).contains("2 of 2 subtasks of the indexing job assign");
    }

    @Test
    void publishesAndSaysWhyTheVersionIsNotLive() throws Exception {
        assertThat(run("codebook publish --timeout=300ms", file("v1"), store())).isEqualTo(1);
        assertThat(console.out()).contains("is SHADOW");
        assertThat(console.err())
                .contains("waiting for the indexing job", "v1 is published, but no subtasks")
                .contains("is the job running on " + connection.bootstrap());

        goLive("v2", 1, "v2.st does not exist");
        assertThat(run("codebook publish", file("v2"), store())).isEqualTo(1);
        assertThat(console.err())
                .contains("v2 is published, but cannot be loaded: v2.st does not exist");
        assertThat(run("codebook publish --timeout=300ms", file("v2"), store()))
                .as("what was heard before need not be true any more, but is all there is")
                .isEqualTo(1);
        assertThat(console.err()).contains("cannot be loaded: v2.st does not exist");
    }

    @Test
    void activatesByPublishingOnlyTheFirstVersion() throws Exception {
        assertThat(run("codebook publish --activate --no-wait", file("v1"), store())).isZero();
        assertThat(codebooks().isTheActiveOne("v1")).isTrue();

        assertThat(run("codebook publish --activate --no-wait", file("v2"), store())).isEqualTo(1);
        assertThat(console.err()).contains("v2 is not made active", "codebook backfill v2");
        assertThat(codebooks().manifests()).containsOnlyKeys("v1");
        assertThat(run("codebook publish --activate --force --no-wait", file("v2"), store()))
                .isZero();
        assertThat(console.out()).contains("is ACTIVE", "codebook v1 is READY now");
        assertThat(codebooks().isTheActiveOne("v2")).isTrue();
        assertThat(codebooks().previous()).contains("v1");
    }

    /** The same four codewords in another order: aligned, every item keeps its token. */
    @Test
    void alignsANewVersionWithTheActiveOne() throws Exception {
        float[] codewords = {0, 0, 0, 9, 9, 0, 9, 9};
        write("v1", codewords);
        write("v2", new float[] {9, 9, 9, 0, 0, 9, 0, 0});
        Path items =
                Files.writeString(
                        folder.resolve("items.jsonl"),
                        """
                        {"id": "a", "embedding": [1, 1]}
                        {"id": "b", "embedding": [1, 8]}
                        {"id": "c", "embedding": [8, 1]}
                        {"id": "d", "embedding": [8, 8]}
                        """);
        run("codebook publish --activate --no-wait", "--file=" + folder.resolve("v1"), store());

        assertThat(
                        run(
                                "codebook publish --no-wait --align",
                                "--align-embeddings=" + items,
                                "--file=" + folder.resolve("v2"),
                                store()))
                .isZero();
        assertThat(console.err()).contains("share of 4 items", "under v1 and v2");
        assertThat(console.out()).containsPattern("\n +1 +4 +0.0% +100.0%\n");
        Codebook aligned = CodebookStore.load(codebooks().require("v2"));
        assertThat(aligned.layer(1)).containsExactly(codewords);
        assertThat(aligned.facts()).containsEntry("aligned_with", "v1");

        assertThat(
                        run(
                                "codebook publish --no-wait --align v1",
                                "--file=" + folder.resolve("v2"),
                                store()))
                .isEqualTo(1);
        assertThat(console.err()).contains("v2 is published already", "--align is for new ones");
    }

    @Test
    void promotesWhatIsCompleteAndRollsBack() throws Exception {
        twoVersions(10);
        noticedByTheJob();

        assertThat(run("codebook promote v2")).isZero();
        assertThat(console.out())
                .contains("codebook v2 is ACTIVE\ncodebook v1 is READY; `", "codebook rollback")
                .contains("sid-updates.v2");
        assertThat(console.err()).contains("has taken notice").doesNotContain("warning");
        assertThat(codebooks().isTheActiveOne("v2")).isTrue();
        assertThat(run("codebook promote v2")).isZero();
        assertThat(console.out()).isEqualTo("codebook v2 is ACTIVE already\n");

        assertThat(run("codebook rollback")).isZero();
        assertThat(console.out()).contains("codebook v1 is ACTIVE", "codebook v2 is READY");
        assertThat(codebooks().isTheActiveOne("v1")).isTrue();
        assertThat(codebooks().previous()).contains("v2");
    }

    @Test
    void promotesWhatLacksItemsOnlyByForce() throws Exception {
        twoVersions(9);

        assertThat(run("codebook promote v2 --timeout=300ms")).isEqualTo(1);
        assertThat(console.err())
                .contains("v2 has 9 items where v1 has 10; waiting for further reports")
                .contains("v2 is not promoted", "9 items where v1 has 10", "--force");
        assertThat(codebooks().isTheActiveOne("v1")).isTrue();

        assertThat(run("codebook promote v2 --force --no-wait")).isZero();
        assertThat(console.err()).contains("warning: done nevertheless: it has 9 items");
        assertThat(codebooks().isTheActiveOne("v2")).isTrue();
    }

    @Test
    void saysWhenTheJobTakesNoNotice() throws Exception {
        twoVersions(10);

        assertThat(run("codebook promote v2 --timeout=300ms --group=other")).isEqualTo(1);
        assertThat(console.err()).contains("consumer group other-codebooks", "within 300 ms");
        assertThat(codebooks().isTheActiveOne("v2")).isTrue();
    }

    @Test
    void retiresAndDeletesTheTopic() throws Exception {
        twoVersions(10);
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(List.of(connection.topics().ofVersion("v2")), 1, -1);
        }

        assertThat(run("codebook retire v1 --force")).isEqualTo(1);
        assertThat(console.err()).contains("v1 is what retrievers use");
        assertThat(run("codebook retire v2 --delete-topic --no-wait")).isEqualTo(1);
        assertThat(console.err()).contains("--no-wait");
        assertThat(run("codebook retire v2 --timeout=300ms")).isEqualTo(1);
        assertThat(console.out()).isEqualTo("codebook v2 is RETIRED\n");
        assertThat(console.err()).contains("has not said for 300 ms", "0% so far");
        progress(ControlKeys.retirement("v2"), retirement("v2", 0.5, 5), retirement("v2", 1, 10));
        assertThat(run("codebook retire v2 --delete-topic")).isZero();
        assertThat(console.out())
                .contains("codebook v2 is RETIRED already", "10 items were removed")
                .contains("topic %s is deleted".formatted(connection.topics().updates("v2")));
        assertThat(console.err()).contains("remove: 10 items");
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            assertThat(admin.names()).doesNotContain(connection.topics().updates("v2"));
        }
        assertThat(run("codebook publish", file("v2"), store())).isEqualTo(1);
        assertThat(console.err()).contains("v2 has been retired");
    }

    @Test
    void showsWhereAllVersionsStand() throws Exception {
        assertThat(run("codebook status")).isZero();
        assertThat(console.err()).contains("no codebook version is published", "codebook publish");
        twoVersions(10);
        announce("v3", manifest("v3", CodebookStatus.SHADOW));
        announce("v4", manifest("v4", CodebookStatus.SHADOW));
        announce("v0", manifest("v0", CodebookStatus.RETIRED));
        progress(
                ControlKeys.backfill("v3"),
                backfill(
                        "v3",
                        BackfillPhase.ASSIGNING,
                        425,
                        Instant.now().truncatedTo(ChronoUnit.MILLIS)));
        progress(ControlKeys.backfill("v4"), backfill("v4", BackfillPhase.INDEXING, 1000, AT));
        progress(ControlKeys.live("v3", 1), live("v3", "a", 1, 2, null));
        goLive("v4", 1, "v4.st\nis missing");
        progress(ControlKeys.retirement("v0"), retirement("v0", 0.25, 5));

        assertThat(run("codebook status")).isZero();
        assertThat(console.out().lines().toList())
                .satisfiesExactly(
                        titles -> assertThat(titles).startsWith("version   status"),
                        row -> assertThat(row).matches("v1 +ACTIVE +@active +10 +everywhere +- .*"),
                        row -> assertThat(row).matches("v2 +READY +10 +everywhere +- .*"),
                        row ->
                                assertThat(row)
                                        .matches(
                                                "v3 +SHADOW +- +1 of 2 subtasks +assigning 42%,"
                                                        + " 50/s, 12 s left .*"),
                        row ->
                                assertThat(row)
                                        .matches(
                                                "v4 +SHADOW +- +cannot be loaded +indexing 100%,"
                                                        + " not heard of since .*"),
                        row -> assertThat(row).matches("v0 +RETIRED, 25% removed +- +- +- .*"));
        assertThat(console.err()).contains("codebook v4 cannot be loaded: v4.st\\u000ais missing");

        assertThat(run("codebook status --json")).isZero();
        JsonNode json = new ObjectMapper().readTree(console.out());
        assertThat(json).hasSize(5);
        assertThat(json.at("/0/version").textValue()).isEqualTo("v1");
        assertThat(json.at("/0/active").booleanValue()).isTrue();
        assertThat(json.at("/0/items").longValue()).isEqualTo(10);
        assertThat(json.at("/0/live/everywhere").booleanValue()).isTrue();
        assertThat(json.at("/0/backfill").isNull()).isTrue();
        assertThat(json.at("/2/backfill/phase").textValue()).isEqualTo("ASSIGNING");
        assertThat(json.at("/2/backfill/seconds_left").longValue()).isEqualTo(12);
        assertThat(json.at("/3/live/error").textValue()).isEqualTo("v4.st\nis missing");
        assertThat(json.at("/4/retirement/progress").doubleValue()).isEqualTo(0.25);
    }

    @Test
    void backfillsNoVersionThatIsNotThere() {
        assertThat(run("codebook backfill v9")).isEqualTo(1);
        assertThat(console.err()).contains("no codebook version v9");
        assertThat(run("codebook backfill v9 --rate=-1")).isEqualTo(2);
        assertThat(console.err()).contains("--rate must not be negative");
        assertThat(run("codebook backfill v9 --parallelism=0")).isEqualTo(2);
        assertThat(console.err()).contains("--parallelism must be from 1 to 128");
    }

    /** v1 is active with ten items, v2 is ready; both are live. */
    private void twoVersions(long itemsOfV2) throws Exception {
        announce("v1", manifest("v1", CodebookStatus.ACTIVE));
        announce("v2", manifest("v2", CodebookStatus.READY));
        announce(ControlKeys.alias(ControlKeys.ACTIVE), active("v1", null));
        goLive("v1", 1, null);
        goLive("v2", 1, null);
        String reports = connection.topics().hourglass();
        send(connection, reports, "v1", standing("v1", AT.plusSeconds(1), new long[] {10, 0}));
        send(
                connection,
                reports,
                "v2",
                standing("v2", AT.plusSeconds(1), new long[] {1, itemsOfV2 - 1}));
    }

    private void goLive(String version, int subtasks, String errorOrNull) throws Exception {
        for (int subtask = 0; subtask < subtasks; subtask++) {
            progress(
                    ControlKeys.live(version, subtask),
                    live(version, "a", subtask, subtasks, errorOrNull));
        }
    }

    private void announce(String key, SpecificRecordBase record) throws Exception {
        send(connection, connection.topics().codebooks(), key, record);
    }

    private void progress(String key, SpecificRecordBase... records) throws Exception {
        send(connection, connection.topics().progress(), key, records);
    }

    private void noticedByTheJob() throws Exception {
        try (Admin admin = connection.admin()) {
            admin.alterConsumerGroupOffsets(
                            "sidestream-indexing-codebooks",
                            Map.of(
                                    new TopicPartition(connection.topics().codebooks(), 0),
                                    new OffsetAndMetadata(1000)))
                    .all()
                    .get();
        }
    }

    private Codebooks codebooks() throws InterruptedException {
        return new CodebookRegistry(connection).read();
    }

    private String file(String version) throws Exception {
        write(version, new float[] {0, 0, 1, 1});
        return "--file=" + folder.resolve(version);
    }

    private String store() {
        return "--store=" + folder.resolve("store");
    }

    /** A codebook of one layer and dimension 2, in a file of its version's name. */
    private void write(String version, float[] layer) throws Exception {
        CodebookFile.write(
                Codebook.of(version, 2, false, new float[][] {layer}, Map.of()),
                folder.resolve(version));
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
