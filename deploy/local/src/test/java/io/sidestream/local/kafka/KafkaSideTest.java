package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sidestream.codebook.Codebook;
import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Progress;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.CodebookRegistry.Publication;
import io.sidestream.local.kafka.TopicAdmin.Created;
import io.sidestream.local.kafka.TopicAdmin.Existing;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.Topics.CleanUp;
import io.sidestream.schema.Topics.Topic;
import io.sidestream.schema.UpdateReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Everything of this package that talks to Kafka, on a real broker. */
@ExtendWith(TestingKafka.class)
class KafkaSideTest {

    private final TestingConsole console = TestingConsole.plain();
    private final SingleObjectFormat<SidUpdate> updates = SingleObjectFormat.of(SidUpdate.class);
    @TempDir private Path folder;

    @Test
    void createsTheTopicsThatAreMissing(Connection connection) throws Exception {
        List<Topic> topics = connection.topics().fixed();
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            Created first = admin.create(topics.subList(0, 2), 3, TopicAdmin.BROKERS_REPLICATION);
            Created second = admin.create(topics, 5, TopicAdmin.BROKERS_REPLICATION);

            assertThat(first.created()).isEqualTo(topics.subList(0, 2));
            assertThat(second.existing()).isEqualTo(topics.subList(0, 2));
            assertThat(second.created()).isEqualTo(topics.subList(2, topics.size()));
            assertThat(admin.look(topics.stream().map(Topic::name).toList()))
                    .allMatch(topic -> topic.records() == 0 && topic.replication() == 1)
                    .extracting(Existing::partitions)
                    .containsExactly(3, 1, 5, 1, 1, 5, 5);
            assertThat(admin.look(topics.stream().map(Topic::name).toList()))
                    .zipSatisfy(
                            topics,
                            (found, wanted) ->
                                    assertThat(found.discardsLike(wanted.cleanUp())).isTrue());
        }
    }

    @Test
    void noticesATopicThatWouldForgetItems(Connection connection) throws Exception {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            String name = connection.topics().itemEmbeddings();
            admin.create(List.of(new Topic(name, CleanUp.DELETE)), 1, -1);

            assertThat(admin.look(List.of(name)).get(0).discardsLike(CleanUp.COMPACT)).isFalse();
        }
    }

    @Test
    void refusesAReplicationThatTheClusterCannotGive(Connection connection) throws Exception {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            assertThatThrownBy(() -> admin.create(connection.topics().fixed(), 1, 3))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("--replication");
        }
    }

    @Test
    void refusesAVersionWhoseTopicClashesWithAnother(Connection connection) throws Exception {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(List.of(connection.topics().ofVersion("clash.1")), 1, -1);

            assertThatThrownBy(
                            () ->
                                    admin.create(
                                            List.of(connection.topics().ofVersion("clash_1")),
                                            1,
                                            -1))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll("clash.1", "choose another name");
        }
    }

    @Test
    void ingestsEmbeddingsAndDeletions(Connection connection) throws Exception {
        createTopics(connection);
        Path file =
                Files.writeString(
                        folder.resolve("items.jsonl"),
                        """
                        {"id": "apple", "embedding": [1.5, -2]}
                        {"id": "größe", "embedding": [NaN, 0]}
                        {"id": "", "embedding": [7]}
                        """);

        try (EmbeddingReader reader = EmbeddingFile.open(file, null);
                Ingest ingest = Ingest.open(connection, 0);
                Progress progress = Progress.start(console.console(), "ingest", -1, "items")) {
            assertThat(ingest.embeddings(reader, progress)).isEqualTo(3);
            assertThat(ingest.deletions(List.of("apple"), progress)).isEqualTo(1);
        }

        List<ConsumerRecord<byte[], byte[]>> records =
                readAll(connection, connection.topics().itemEmbeddings());
        assertThat(records).hasSize(4);
        EmbeddingFormat format = new EmbeddingFormat();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String key = new String(record.key(), UTF_8);
            if (record.value() == null) {
                assertThat(key).isEqualTo("apple");
                continue;
            }
            EmbeddingMessage message = format.decode(record.value());
            assertThat(message.itemId()).isEqualTo(key);
            assertThat(message.embedding())
                    .isEqualTo(
                            switch (key) {
                                case "apple" -> new float[] {1.5f, -2};
                                case "größe" -> new float[] {Float.NaN, 0};
                                default -> new float[] {7};
                            });
        }
        assertThat(partitionsOf(records, "apple")).hasSize(1);
        assertThat(console.err()).contains("ingest: 4 items in");
    }

    @Test
    void saysHowToMakeTheInputTopic(Connection connection) {
        assertThatThrownBy(() -> Ingest.open(connection, 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(connection.topics().itemEmbeddings())
                .hasMessageContaining("topics create");
    }

    @Test
    void publishesACodebookAsAShadowAndActivatesItLater(Connection connection) throws Exception {
        createTopics(connection);
        CodebookRegistry registry = new CodebookRegistry(connection);
        Codebook codebook = codebook("v1", 1, 2);

        Publication shadow = publish(registry, codebook, false);
        assertThat(shadow.changed()).isTrue();
        assertThat(shadow.manifest().getStatus()).isEqualTo(CodebookStatus.SHADOW);
        assertThat(CodebookStore.load(shadow.manifest()).layer(1)).isEqualTo(codebook.layer(1));
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            Existing topic = admin.look(List.of(connection.topics().updates("v1"))).get(0);
            assertThat(topic.discardsLike(CleanUp.COMPACT)).isTrue();
            assertThat(topic.partitions()).isEqualTo(2); // as many as the input has
        }

        assertThat(publish(registry, codebook, false).changed()).isFalse();
        Publication active = publish(registry, codebook, true);
        assertThat(active.changed()).isTrue();
        assertThat(publish(registry, codebook, true).changed()).isFalse();
        assertThat(publish(registry, codebook, false).manifest().getStatus())
                .isEqualTo(CodebookStatus.ACTIVE);
        assertThat(registry.list()).containsOnly(Map.entry("v1", active.manifest()));
    }

    @Test
    void demotesTheActiveVersionWhenAnotherIsActivated(Connection connection) throws Exception {
        createTopics(connection);
        CodebookRegistry registry = new CodebookRegistry(connection);
        publish(registry, codebook("v1", 1, 2), true);
        publish(registry, codebook("v2", 3, 4), false);

        Publication third = publish(registry, codebook("v3", 5, 6), true);

        assertThat(third.demoted()).extracting(CodebookManifest::getVersion).containsExactly("v1");
        assertThat(third.incompatible()).isEmpty();
        assertThat(registry.list().values())
                .extracting(CodebookManifest::getVersion, CodebookManifest::getStatus)
                .containsExactly(
                        tuple("v1", CodebookStatus.READY),
                        tuple("v2", CodebookStatus.SHADOW),
                        tuple("v3", CodebookStatus.ACTIVE));
    }

    @Test
    void neverLetsAVersionStandForTwoCodebooks(Connection connection) throws Exception {
        createTopics(connection);
        CodebookRegistry registry = new CodebookRegistry(connection);
        publish(registry, codebook("v1", 1, 2), true);

        assertThatThrownBy(() -> publish(registry, codebook("v1", 1, 3), true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("v1")
                .hasMessageContaining("other contents");
        try (var files = Files.list(folder.resolve("store"))) {
            assertThat(files).as("nothing is stored for a refused codebook").hasSize(1);
        }
    }

    @Test
    void doesNotBringARetiredVersionBack(Connection connection) throws Exception {
        createTopics(connection);
        CodebookRegistry registry = new CodebookRegistry(connection);
        CodebookManifest manifest = publish(registry, codebook("v1", 1, 2), true).manifest();
        manifest.setStatus(CodebookStatus.RETIRED);
        send(
                connection,
                connection.topics().codebooks(),
                "v1",
                SingleObjectFormat.of(CodebookManifest.class).encode(manifest));

        assertThatThrownBy(() -> publish(registry, codebook("v1", 1, 2), true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("retired");
    }

    @Test
    void letsOnlyOneOfTwoWritersDecide(Connection connection) throws Exception {
        createTopics(connection);
        CodebookRegistry registry = new CodebookRegistry(connection);
        publish(registry, codebook("v1", 1, 2), true);

        assertThatThrownBy(
                        () ->
                                registry.change(
                                        before -> {
                                            publishInBetween(registry);
                                            return before.retiring("v1", Instant.now());
                                        }))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("another command")
                .hasMessageContaining("try again");
        assertThat(registry.read().isTheActiveOne("v2")).isTrue();
        assertThat(registry.list().values())
                .extracting(CodebookManifest::getStatus)
                .containsExactly(CodebookStatus.READY, CodebookStatus.ACTIVE);
    }

    private void publishInBetween(CodebookRegistry registry) {
        try {
            publish(registry, codebook("v2", 3, 4), true);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tellsOfVersionsThatTakeOtherEmbeddings(Connection connection) throws Exception {
        createTopics(connection);
        CodebookRegistry registry = new CodebookRegistry(connection);
        publish(registry, codebook("v1", 1, 2), true);
        Codebook wide = Codebook.of("v2", 2, false, new float[][] {{1, 2, 3, 4}}, Map.of());

        assertThat(publish(registry, wide, false).incompatible())
                .extracting(CodebookManifest::getVersion)
                .containsExactly("v1");
    }

    @Test
    void watchesWhichVersionsAreAnnounced(Connection connection) throws Exception {
        createTopics(connection);
        CodebookRegistry registry = new CodebookRegistry(connection);
        publish(registry, codebook("v1", 1, 2), true);

        try (CodebookWatch watch = CodebookWatch.start(connection)) {
            assertThat(watch.live()).extracting(CodebookManifest::getVersion).containsExactly("v1");

            publish(registry, codebook("v2", 3, 4), false);
            boolean news = false;
            for (int polls = 0; polls < 30 && !news; polls++) {
                news = watch.poll(Duration.ofSeconds(1));
            }
            assertThat(watch.live()).isEqualTo(registry.live()).hasSize(2);
            assertThat(watch.poll(Duration.ofMillis(1))).isFalse();
        }
    }

    @Test
    void exportsWhatIsCommittedAndNothingElse(Connection connection) throws Exception {
        createVersionTopic(connection, "v1");
        String topic = connection.topics().updates("v1");
        try (Producer<byte[], byte[]> producer = transactional(connection, "export")) {
            producer.initTransactions();
            producer.beginTransaction();
            for (String id : List.of("b", "a", "c")) {
                send(producer, record(topic, id, UpdateReason.NEW, 1));
            }
            send(producer, record(topic, "b", UpdateReason.DELETED, 1));
            send(producer, new ProducerRecord<>(topic, "b".getBytes(UTF_8), null));
            send(producer, record(topic, "a", UpdateReason.EMBEDDING_CHANGED, 2));
            producer.commitTransaction();
            producer.beginTransaction();
            send(producer, record(topic, "a", UpdateReason.EMBEDDING_CHANGED, 3));
            producer.abortTransaction();
            producer.beginTransaction();
            send(producer, record(topic, "c", UpdateReason.EMBEDDING_CHANGED, 4));

            Export export = Export.read(connection, "v1", console.console());

            assertThat(export.items()).isEqualTo(2);
            assertThat(export.uncommitted()).isPositive();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            export.writeTo(out, List.of());
            assertThat(out.toString(UTF_8).lines())
                    .satisfiesExactly(
                            line -> assertThat(line).contains("\"a\"", "[2]"),
                            line -> assertThat(line).contains("\"c\"", "[1]"));

            Path file = folder.resolve("deep/sids.jsonl");
            export.writeTo(file, List.of("c"));
            assertThat(Files.readAllLines(file))
                    .satisfiesExactly(
                            line -> assertThat(line).contains("\"c\""),
                            line -> assertThat(line).contains("\"a\""));
            try (var files = Files.list(file.getParent())) {
                assertThat(files).containsExactly(file);
            }
        }
    }

    @Test
    void namesTheVersionsThereAreWhenAskedForAnother(Connection connection) throws Exception {
        createVersionTopic(connection, "v1");

        assertThatThrownBy(() -> Export.read(connection, "v2", console.console()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("v2")
                .hasMessageContaining("published are v1");
    }

    @Test
    void refusesToExportATopicOfSomethingElse(Connection connection) throws Exception {
        createVersionTopic(connection, "v1");
        send(connection, connection.topics().updates("v1"), "a", new byte[] {1, 2, 3});

        assertThatThrownBy(() -> Export.read(connection, "v1", console.console()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(connection.topics().updates("v1"))
                .hasMessageContaining("offset 0");
    }

    @Test
    void tailsFromTheBeginning(Connection connection) throws Exception {
        createTopics(connection);
        createVersionTopic(connection, "v1");
        createVersionTopic(connection, "v2");
        sendUpdate(connection, "v1", "a");
        sendUpdate(connection, "v2", "b");
        send(
                connection,
                connection.topics().deadLetters(),
                "x",
                SingleObjectFormat.of(DeadLetter.class).encode(deadLetter()));
        Heard all = new Heard(3);
        Heard one = new Heard(2);

        new Tail(connection, null).follow(true, all);
        new Tail(connection, "v2").follow(true, one);

        assertThat(all.heard).containsExactlyInAnyOrder("v1 a", "v2 b", "NOT_FINITE");
        assertThat(one.heard).containsExactlyInAnyOrder("v2 b", "NOT_FINITE");
    }

    @Test
    void tailsFromNowOnAndPicksUpNewVersions(Connection connection) throws Exception {
        createTopics(connection);
        createVersionTopic(connection, "v1");
        sendUpdate(connection, "v1", "before");
        Heard heard = new Heard(2);
        heard.betweenPolls =
                () -> {
                    heard.betweenPolls = () -> {};
                    sendUpdate(connection, "v1", "after");
                    createVersionTopic(connection, "v2");
                    sendUpdate(connection, "v2", "first of all");
                };

        new Tail(connection, null).follow(false, heard);

        assertThat(heard.heard).containsExactlyInAnyOrder("v1 after", "v2 first of all");
    }

    /** Notes what it is told, and does something once in between. */
    private static final class Heard implements Tail.Listener {

        private final int enough;
        private final List<String> heard = new ArrayList<>();
        private Runnable betweenPolls = () -> {};

        Heard(int enough) {
            this.enough = enough;
        }

        @Override
        public void update(SidUpdate update) {
            heard.add(update.getCodebookVersion() + " " + update.getItemId());
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            heard.add(letter.getCause().name());
        }

        @Override
        public void pause() {
            betweenPolls.run();
        }

        @Override
        public boolean wantsMore() {
            return heard.size() < enough;
        }
    }

    private static void createTopics(Connection connection) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(connection.topics().fixed(), 2, TopicAdmin.BROKERS_REPLICATION);
        }
    }

    private static void createVersionTopic(Connection connection, String version) {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(List.of(connection.topics().ofVersion(version)), 2, -1);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Publication publish(CodebookRegistry registry, Codebook codebook, boolean activate)
            throws IOException, InterruptedException {
        CodebookStore store = new CodebookStore(folder.resolve("store").toUri());
        return registry.publish(
                codebook, store, activate, now -> {}, TopicAdmin.BROKERS_REPLICATION);
    }

    /** One layer of two codewords of dimension 1. */
    private static Codebook codebook(String version, float first, float second) {
        return Codebook.of(version, 1, false, new float[][] {{first, second}}, Map.of());
    }

    private void sendUpdate(Connection connection, String version, String itemId) {
        send(
                connection,
                connection.topics().updates(version),
                itemId,
                updates.encode(TestingUpdates.of(itemId, version, UpdateReason.NEW, 0, 1)));
    }

    private ProducerRecord<byte[], byte[]> record(
            String topic, String itemId, UpdateReason reason, int code) {
        return new ProducerRecord<>(
                topic,
                itemId.getBytes(UTF_8),
                updates.encode(TestingUpdates.of(itemId, "v1", reason, 0, code)));
    }

    private static DeadLetter deadLetter() {
        return DeadLetter.newBuilder()
                .setOriginTopic("item-embeddings")
                .setOriginPartition(0)
                .setOriginOffset(4)
                .setOriginTimestamp(Instant.EPOCH)
                .setCause(DeadLetterCause.NOT_FINITE)
                .setMessage("component 3 is NaN")
                .build();
    }

    private static void send(Connection connection, String topic, String key, byte[] value) {
        try (Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            send(producer, new ProducerRecord<>(topic, key.getBytes(UTF_8), value));
        }
    }

    private static void send(
            Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
        Future<RecordMetadata> sent = producer.send(record);
        producer.flush();
        assertThat(sent).succeedsWithin(Duration.ZERO);
    }

    private static Producer<byte[], byte[]> transactional(Connection connection, String id) {
        return connection.producer(
                Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, connection.topics().prefix() + id));
    }

    private static List<ConsumerRecord<byte[], byte[]>> readAll(
            Connection connection, String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        TopicReader.read(connection, topic, TopicReader.Listener.none(), records::add);
        return records;
    }

    private static List<Integer> partitionsOf(
            List<ConsumerRecord<byte[], byte[]>> records, String key) {
        return records.stream()
                .filter(record -> new String(record.key(), UTF_8).equals(key))
                .map(ConsumerRecord::partition)
                .distinct()
                .toList();
    }
}
