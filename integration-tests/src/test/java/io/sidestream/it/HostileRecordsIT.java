package io.sidestream.it;

import static io.sidestream.schema.DeadLetterCause.INVALID_ITEM_ID;
import static io.sidestream.schema.DeadLetterCause.NOT_FINITE;
import static io.sidestream.schema.DeadLetterCause.UNDECODABLE;
import static io.sidestream.schema.DeadLetterCause.UNKNOWN_CODEBOOK;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;
import static io.sidestream.schema.DeadLetterCause.ZERO_VECTOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.Topics;
import io.sidestream.schema.Topics.CleanUp;
import io.sidestream.schema.Topics.Topic;
import io.sidestream.sid.Disambiguation;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostileRecordsIT {

    private static final String PREFIX = "hostile.";
    private static final int DIMENSION = 8;
    private static final int REPEATS = 7;
    private static final int LONGEST_ID = 512;

    private static final TestCodebook CODEBOOK =
            TestCodebook.random("good", DIMENSION, true, 5, 13, 6);

    @TempDir private Path directory;

    private final Random random = new Random(77);

    /** A record that cannot be indexed, and the reason to be given. */
    private record Hostile(String topic, byte[] key, byte[] value, DeadLetterCause cause) {}

    /** Where a record is. */
    private record Origin(String topic, int partition, long offset) {}

    @Test
    void setsAsideWhatCannotBeIndexedAndIndexesTheRest() throws Exception {
        // Not compacted: brokers refuse records without a key in a compacted topic.
        List<Topic> topics =
                new Topics(PREFIX)
                        .fixed().stream()
                                .map(topic -> new Topic(topic.name(), CleanUp.DELETE))
                                .toList();
        try (TestKafka kafka = TestKafka.create(PREFIX, topics)) {
            ExpectedCatalog expected = new ExpectedCatalog();
            ItemStream items = new ItemStream(kafka, expected, List.of(CODEBOOK), 300);
            Map<Origin, Hostile> sent = new HashMap<>();
            sendAll(kafka, hostileManifests(kafka.topics()), sent);
            kafka.publish(CODEBOOK, directory.resolve("codebooks"));
            expected.goLive(CODEBOOK);
            try (TestJob job = TestJob.on(kafka, 2, directory).start()) {
                List<Hostile> hostiles = hostileItems(kafka.topics().itemEmbeddings());
                assertThat(hostiles).hasSizeGreaterThan(200);
                for (Hostile hostile : hostiles) {
                    sendAll(kafka, List.of(hostile), sent);
                    sendGoodOnes(items);
                }
                sendAll(kafka, hostileManifests(kafka.topics()), sent);
                items.settle(job, List.of(CODEBOOK));
                Eventually.await(
                        "all dead letters are there",
                        () -> {
                            job.requireAlive();
                            return kafka.read(kafka.topics().deadLetters()).size() >= sent.size();
                        });
                assertThat(job.restarts()).isZero();
            }
            requireDeadLetters(kafka, sent);
            PublishedUpdates updates =
                    PublishedUpdates.read(kafka, CODEBOOK.version(), Disambiguation.APPEND);
            updates.requireExplainedBy(expected.changes(CODEBOOK.version()));
            updates.requireUniqueSids();
        }
    }

    private static void requireDeadLetters(TestKafka kafka, Map<Origin, Hostile> sent)
            throws Exception {
        SingleObjectFormat<DeadLetter> format = SingleObjectFormat.of(DeadLetter.class);
        Map<Origin, Hostile> missing = new HashMap<>(sent);
        for (ConsumerRecord<byte[], byte[]> record : kafka.read(kafka.topics().deadLetters())) {
            DeadLetter letter = format.decode(record.value());
            Origin origin =
                    new Origin(
                            letter.getOriginTopic(),
                            letter.getOriginPartition(),
                            letter.getOriginOffset());
            Hostile hostile = missing.remove(origin);
            String where = letter.toString();
            assertThat(hostile).as("first dead letter for a hostile record: " + where).isNotNull();
            assertThat(letter.getCause()).as(where).isEqualTo(hostile.cause);
            assertThat(bytes(letter.getKey())).as(where).isEqualTo(hostile.key);
            assertThat(bytes(letter.getValue())).as(where).isEqualTo(hostile.value);
            assertThat(record.key()).as(where).isEqualTo(hostile.key);
            assertThat(letter.getMessage()).as(where).isNotBlank();
        }
        assertThat(missing).isEmpty();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        if (buffer == null) {
            return null;
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static void sendAll(TestKafka kafka, List<Hostile> hostiles, Map<Origin, Hostile> sent)
            throws Exception {
        List<Future<RecordMetadata>> results = new ArrayList<>();
        for (Hostile hostile : hostiles) {
            results.add(
                    kafka.send(new ProducerRecord<>(hostile.topic, hostile.key, hostile.value)));
        }
        kafka.flush();
        for (int i = 0; i < results.size(); i++) {
            RecordMetadata at = results.get(i).get();
            sent.put(new Origin(at.topic(), at.partition(), at.offset()), hostiles.get(i));
        }
    }

    /** One item in each of the ways in which an embedding may be written. */
    private void sendGoodOnes(ItemStream items) {
        String id = "good-" + random.nextInt(200);
        items.put(id, items.embedding(), (Long) null);

        float[] embedding = items.embedding();
        id = "array-" + random.nextInt(200);
        items.put(id, embedding, AvroBytes.begin().id(id).array(embedding).end());

        float[] head = Arrays.copyOf(embedding, 3);
        float[] tail = Arrays.copyOfRange(embedding, 3, DIMENSION);
        id = "bl\u00f6cke-" + random.nextInt(200); // not ASCII, and an array in two blocks
        items.put(
                id,
                embedding,
                AvroBytes.begin()
                        .id(id)
                        .number(1)
                        .number(head.length)
                        .floats(head)
                        .number(-tail.length)
                        .number((long) tail.length * Float.BYTES)
                        .floats(tail)
                        .number(0)
                        .end());
    }

    private List<Hostile> hostileItems(String topic) {
        List<Hostile> all = new ArrayList<>();
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            addUndecodable(all, topic);
            addInvalidIds(all, topic);
            addUnusableEmbeddings(all, topic);
        }
        Collections.shuffle(all, random);
        return all;
    }

    private void addUndecodable(List<Hostile> all, String topic) {
        String id = "bad-" + random.nextInt(1_000);
        byte[] key = id.getBytes(UTF_8);
        byte[] good = AvroBytes.begin().id(id).packed(embedding()).end();
        byte[] noise = new byte[1 + random.nextInt(200)];
        random.nextBytes(noise);
        byte[] trailing = Arrays.copyOf(good, good.length + 1 + random.nextInt(9));
        byte[] wrongMarker = good.clone();
        wrongMarker[random.nextInt(2)] ^= 0x20;
        for (byte[] value :
                List.of(
                        new byte[0],
                        noise,
                        wrongMarker,
                        AvroBytes.begin(random.nextLong()).id(id).packed(embedding()).end(),
                        Arrays.copyOf(good, 1 + random.nextInt(good.length - 1)),
                        Arrays.copyOf(good, good.length - 1),
                        trailing,
                        "{\"item_id\": \"%s\"}".formatted(id).getBytes(UTF_8),
                        AvroBytes.begin().number(Long.MAX_VALUE).end(),
                        AvroBytes.begin().number(-1 - random.nextInt(99)).end(),
                        AvroBytes.begin().number(Integer.MAX_VALUE).raw(key).end(),
                        AvroBytes.begin().id(id).number(2).floats(embedding()).end(),
                        AvroBytes.begin().id(id).number(-1).floats(embedding()).end(),
                        AvroBytes.begin().id(id).number(0).number(1L << 40).end(),
                        AvroBytes.begin().id(id).number(1).number(1L << 40).end(),
                        AvroBytes.begin().id(id).number(1).number(Long.MIN_VALUE).number(9).end(),
                        AvroBytes.begin().id(id).number(0).raw(overlongNumber()).end(),
                        AvroBytes.begin().id(id).packed(embedding()).number(7).end())) {
            all.add(new Hostile(topic, key, value, UNDECODABLE));
        }
    }

    private void addInvalidIds(List<Hostile> all, String topic) {
        String id = "bad-" + random.nextInt(1_000);
        byte[] good = AvroBytes.begin().id(id).packed(embedding()).end();
        byte[] notUtf8 = {'x', (byte) 0xC3, (byte) 0x28, (byte) random.nextInt(128)};
        String tooLong = "x".repeat(LONGEST_ID + 1 + random.nextInt(3_000));
        byte[] ofTooLong = AvroBytes.begin().id(tooLong).packed(embedding()).end();
        byte[] ofEmpty = AvroBytes.begin().id("").packed(embedding()).end();
        byte[] ofNotUtf8 =
                AvroBytes.begin().number(notUtf8.length).raw(notUtf8).packed(embedding()).end();
        byte[] empty = {};
        byte[] key = id.getBytes(UTF_8);
        all.add(new Hostile(topic, null, good, INVALID_ITEM_ID));
        all.add(new Hostile(topic, null, null, INVALID_ITEM_ID));
        all.add(new Hostile(topic, empty, good, INVALID_ITEM_ID));
        all.add(new Hostile(topic, empty, ofEmpty, INVALID_ITEM_ID));
        all.add(new Hostile(topic, empty, null, INVALID_ITEM_ID));
        all.add(new Hostile(topic, key, ofEmpty, INVALID_ITEM_ID));
        all.add(new Hostile(topic, (id + "!").getBytes(UTF_8), good, INVALID_ITEM_ID));
        all.add(new Hostile(topic, tooLong.getBytes(UTF_8), ofTooLong, INVALID_ITEM_ID));
        all.add(new Hostile(topic, tooLong.getBytes(UTF_8), null, INVALID_ITEM_ID));
        all.add(new Hostile(topic, notUtf8, ofNotUtf8, INVALID_ITEM_ID));
        all.add(new Hostile(topic, notUtf8, null, INVALID_ITEM_ID));
        all.add(new Hostile(topic, key, ofNotUtf8, INVALID_ITEM_ID));
    }

    private void addUnusableEmbeddings(List<Hostile> all, String topic) {
        String id = "bad-" + random.nextInt(1_000);
        byte[] key = id.getBytes(UTF_8);
        for (float unusable :
                new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] embedding = embedding();
            embedding[random.nextInt(DIMENSION)] = unusable;
            all.add(
                    new Hostile(
                            topic,
                            key,
                            AvroBytes.begin().id(id).packed(embedding).end(),
                            NOT_FINITE));
            all.add(
                    new Hostile(
                            topic,
                            key,
                            AvroBytes.begin().id(id).array(embedding).end(),
                            NOT_FINITE));
        }
        for (int length : new int[] {0, 1, DIMENSION - 1, DIMENSION + 1, 1_000}) {
            float[] embedding = new float[length];
            Arrays.fill(embedding, 0.5f);
            all.add(
                    new Hostile(
                            topic,
                            key,
                            AvroBytes.begin().id(id).packed(embedding).end(),
                            WRONG_LENGTH));
            all.add(
                    new Hostile(
                            topic,
                            key,
                            AvroBytes.begin().id(id).array(embedding).end(),
                            WRONG_LENGTH));
        }
        byte[] notFloats = new byte[DIMENSION * Float.BYTES - 1 - random.nextInt(3)];
        all.add(
                new Hostile(
                        topic,
                        key,
                        AvroBytes.begin()
                                .id(id)
                                .number(0)
                                .number(notFloats.length)
                                .raw(notFloats)
                                .end(),
                        WRONG_LENGTH));
        float[] zero = new float[DIMENSION];
        zero[random.nextInt(DIMENSION)] = -0.0f;
        all.add(new Hostile(topic, key, AvroBytes.begin().id(id).packed(zero).end(), ZERO_VECTOR));
        all.add(new Hostile(topic, key, AvroBytes.begin().id(id).array(zero).end(), ZERO_VECTOR));
    }

    /** Records of {@code sid-codebooks} that are no manifest, or point at no usable codebook. */
    private List<Hostile> hostileManifests(Topics topics) throws Exception {
        SingleObjectFormat<CodebookManifest> format = SingleObjectFormat.of(CodebookManifest.class);
        TestCodebook other = TestCodebook.random("other", DIMENSION, false, 6, 4);
        CodebookManifest manifest =
                new CodebookStore(directory.resolve("others").toUri())
                        .put(other.codebook(), CodebookStatus.SHADOW, Instant.now());
        Path file = Path.of(URI.create(manifest.getUri()));
        byte[] content = Files.readAllBytes(file);
        Path missing = directory.resolve("missing.safetensors");
        Path cutShort = directory.resolve("short.safetensors");
        Path damaged = directory.resolve("damaged.safetensors");
        Path empty = directory.resolve("empty.safetensors");
        Files.write(cutShort, Arrays.copyOf(content, content.length - 5));
        content[content.length - 1] ^= 1;
        Files.write(damaged, content);
        Files.write(empty, new byte[0]);

        byte[] key = "other".getBytes(UTF_8);
        byte[] good = format.encode(manifest);
        byte[] noise = new byte[60];
        random.nextBytes(noise);
        String topic = topics.codebooks();
        List<Hostile> all = new ArrayList<>();
        all.add(new Hostile(topic, null, good, UNDECODABLE));
        all.add(new Hostile(topic, "another".getBytes(UTF_8), good, UNDECODABLE));
        all.add(new Hostile(topic, key, noise, UNDECODABLE));
        all.add(new Hostile(topic, key, new byte[0], UNDECODABLE));
        all.add(new Hostile(topic, key, Arrays.copyOf(good, good.length - 3), UNDECODABLE));
        List<CodebookManifest> unusable = new ArrayList<>();
        for (String uri :
                List.of(
                        missing.toUri().toString(),
                        cutShort.toUri().toString(),
                        damaged.toUri().toString(),
                        empty.toUri().toString(),
                        directory.toUri().toString(),
                        "no-such-scheme://codebooks/one",
                        "%zz: not a uri",
                        "")) {
            unusable.add(CodebookManifest.newBuilder(manifest).setUri(uri).build());
        }
        unusable.add(manifestOf("hash").setSha256("0".repeat(64)).build());
        unusable.add(manifestOf("dimension").setDimension(9).build());
        unusable.add(manifestOf("normalize").setNormalize(true).build());
        unusable.add(manifestOf("layers").setLayerSizes(List.of(5)).build());
        for (CodebookManifest each : unusable) {
            all.add(
                    new Hostile(
                            topic,
                            each.getVersion().getBytes(UTF_8),
                            format.encode(each),
                            UNKNOWN_CODEBOOK));
        }
        CodebookManifest changed =
                CodebookManifest.newBuilder(manifest).setSha256("0".repeat(64)).build();
        all.add(new Hostile(topic, key, format.encode(changed), UNDECODABLE));
        for (String version : List.of("", "no/version", "x".repeat(65))) {
            CodebookManifest misnamed =
                    CodebookManifest.newBuilder(manifest).setVersion(version).build();
            all.add(
                    new Hostile(
                            topic, version.getBytes(UTF_8), format.encode(misnamed), UNDECODABLE));
        }
        return all;
    }

    /** Of a codebook that is there. */
    private CodebookManifest.Builder manifestOf(String version) throws Exception {
        return CodebookManifest.newBuilder(
                new CodebookStore(directory.resolve("others").toUri())
                        .put(
                                TestCodebook.random(version, DIMENSION, false, 6, 4).codebook(),
                                CodebookStatus.SHADOW,
                                Instant.now()));
    }

    private float[] embedding() {
        float[] embedding = new float[DIMENSION];
        for (int t = 0; t < DIMENSION; t++) {
            embedding[t] = (float) random.nextGaussian();
        }
        return embedding;
    }

    private static byte[] overlongNumber() {
        byte[] bytes = new byte[11];
        Arrays.fill(bytes, (byte) 0x80);
        return bytes;
    }
}
