package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.CodebookLimits;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.ItemAssignment;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.sid.Disambiguation;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control records that anyone could write stop nothing but what they are about. */
class PoisonedControlIT {

    private static final int DIMENSION = 6;
    private static final int ITEMS = 400;
    private static final TestCodebook GOOD = TestCodebook.random("good", DIMENSION, false, 7, 5, 6);
    private static final TestCodebook DOTTED = TestCodebook.random("a.b", DIMENSION, false, 3, 4);

    /** Its topic's name clashes with that of the one before: one of them is refused. */
    private static final TestCodebook UNDERLINED =
            TestCodebook.random("a_b", DIMENSION, false, 4, 3);

    @TempDir private Path directory;

    private TestKafka kafka;
    private int refused;

    @AfterEach
    void close() {
        if (kafka != null) {
            kafka.close();
        }
    }

    @Test
    void stopNothingButWhatTheyAreAbout() throws Exception {
        kafka = TestKafka.create("poisoned.");
        ExpectedCatalog expected = new ExpectedCatalog();
        ItemStream items = new ItemStream(kafka, expected, List.of(GOOD), ITEMS);
        kafka.publish(GOOD, directory.resolve("codebooks"));
        expected.goLive(GOOD);
        String savepoint;
        try (TestJob job = TestJob.on(kafka, 2, directory).start()) {
            arrive(items);
            items.settle(job, List.of(GOOD));
            poison();
            arrive(items);
            items.settle(job, List.of(GOOD));
            awaitRefusals(job);
            assertThat(job.restarts()).isZero();
            savepoint = job.stopWithSavepoint();
        }
        try (TestJob job = TestJob.on(kafka, 1, directory).from(savepoint).start()) {
            arrive(items);
            items.settle(job, List.of(GOOD));
            assertThat(job.restarts()).isZero();
        }
        // A job that begins anew reads all of it once more.
        try (TestJob job =
                TestJob.on(kafka, 2, directory)
                        .with(WatchOptions.INTERVAL, Duration.ofMillis(200))
                        .start()) {
            refused *= 2;
            awaitRefusals(job);
            Eventually.await(
                    "a report",
                    () -> {
                        job.requireAlive();
                        return reported().contains(GOOD.version());
                    });
            assertThat(job.restarts()).isZero();
        }
        assertThat(reported())
                .isSubsetOf(GOOD.version(), DOTTED.version(), UNDERLINED.version())
                .as("their topics cannot both exist")
                .doesNotContainSequence(DOTTED.version(), UNDERLINED.version());
    }

    @Test
    void leaveTheCatalogExact() throws Exception {
        kafka = TestKafka.create("poisoned-exact.");
        ExpectedCatalog expected = new ExpectedCatalog();
        ItemStream items = new ItemStream(kafka, expected, List.of(GOOD), ITEMS);
        poison();
        kafka.publish(GOOD, directory.resolve("codebooks"));
        expected.goLive(GOOD);
        try (TestJob job = TestJob.on(kafka, 2, directory).start()) {
            for (int round = 0; round < 3; round++) {
                arrive(items);
                poison();
            }
            items.settle(job, List.of(GOOD));
            assertThat(job.restarts()).isZero();
        }
        PublishedUpdates updates =
                PublishedUpdates.read(kafka, GOOD.version(), Disambiguation.APPEND);
        updates.requireExplainedBy(expected.changes(GOOD.version()));
        updates.requireUniqueSids();
    }

    private static void arrive(ItemStream items) {
        for (int i = 0; i < ITEMS; i++) {
            items.put("item-" + i, items.embedding(), (Long) null);
        }
    }

    private void poison() throws Exception {
        CodebookStore store = new CodebookStore(directory.resolve("codebooks").toUri());
        CodebookManifest dotted =
                store.put(DOTTED.codebook(), CodebookStatus.SHADOW, Instant.now());
        manifest(dotted); // sound
        refuse(store.put(UNDERLINED.codebook(), CodebookStatus.SHADOW, Instant.now()));
        Path small = Files.write(directory.resolve("small.safetensors"), new byte[211]);
        refuse(of(dotted, "wide").setLayerSizes(Collections.nCopies(3, 349_600)).build());
        refuse(of(dotted, "deep").setLayerSizes(Collections.nCopies(33, 2)).build());
        refuse(of(dotted, "hash").setSha256("no hash").build());
        refuse(
                of(dotted, "missing")
                        .setUri(directory.resolve("none").toUri().toString())
                        .setLayerSizes(Collections.nCopies(3, 1 << 18))
                        .build());
        refuse(of(dotted, "relative").setUri("file:codebooks/x").build());
        refuse(of(dotted, "outside").setUri("file:///etc/passwd").build());
        refuse(of(dotted, "scheme").setUri("gopher://x/y").build());
        refuse(
                of(dotted, "small")
                        .setUri(small.toUri().toString())
                        .setDimension(120)
                        .setLayerSizes(List.of(CodebookLimits.MAX_CODEWORDS))
                        .build());
        refuse(of(dotted, "other").setDimension(5).build());
        refuse(kafka.topics().remaps(), "good", plan(Long.MAX_VALUE));
        refuse(kafka.topics().remaps(), "good", plan(1L << 40));
        refuse(kafka.topics().remaps(), "good", request().setParameter(Double.NaN).build());
        refuse(kafka.topics().remaps(), "good", request().setLayer(-1).build());
        refuse(kafka.topics().assignments(), "", assignment("", "good", 0, 0));
        refuse(kafka.topics().assignments(), "x", assignment("x", "good", 0, 6));
        refuse(kafka.topics().assignments(), "x", assignment("x", "good", 0));
        refuse(kafka.topics().assignments(), "x", assignment("x", "unknown", 0, 0));
        kafka.flush();
    }

    private static CodebookManifest.Builder of(CodebookManifest sound, String version) {
        return CodebookManifest.newBuilder(sound).setVersion(version);
    }

    private static RemapPlan plan(long epoch) {
        return RemapPlan.newBuilder()
                .setCodebookVersion("good")
                .setEpoch(epoch)
                .setLayer(1)
                .setPolicy(RemapPolicyKind.TOP_K)
                .setParameter(1)
                .setHeadTokens(ByteBuffer.wrap(new byte[] {1}))
                .setItems(1)
                .setItemsToMove(1)
                .setHeadItems(1)
                .setDecidedAt(Instant.EPOCH)
                .setDecidedBy("a test")
                .build();
    }

    private static RemapRequest.Builder request() {
        return RemapRequest.newBuilder()
                .setRequestId("r")
                .setCodebookVersion("good")
                .setAction(RemapAction.APPLY)
                .setPolicy(RemapPolicyKind.TOP_P)
                .setParameter(0.5)
                .setRequestedAt(Instant.EPOCH)
                .setRequestedBy("a test");
    }

    private static ItemAssignment assignment(String id, String version, Integer... codes) {
        return ItemAssignment.newBuilder()
                .setItemId(id)
                .setCodebookVersion(version)
                .setCodes(List.of(codes))
                .setResiduals(Collections.nCopies(codes.length, 0))
                .setPartition(0)
                .setOffset(0)
                .setRevision(null)
                .setEventTime(Instant.EPOCH)
                .build();
    }

    private void refuse(CodebookManifest manifest) {
        refused++;
        manifest(manifest);
    }

    private void manifest(CodebookManifest manifest) {
        send(kafka.topics().codebooks(), manifest.getVersion(), manifest);
    }

    private void refuse(String topic, String key, SpecificRecordBase record) {
        refused++;
        send(topic, key, record);
    }

    @SuppressWarnings("unchecked") // a record's class is that of its kind
    private <T extends SpecificRecordBase> void send(String topic, String key, T record) {
        byte[] value = SingleObjectFormat.of((Class<T>) record.getClass()).encode(record);
        kafka.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value));
    }

    private void awaitRefusals(TestJob job) throws Exception {
        try {
            Eventually.await(
                    "%d dead letters".formatted(refused),
                    () -> {
                        job.requireAlive();
                        return letters().size() >= refused;
                    });
        } catch (AssertionError e) {
            throw new AssertionError(
                    "Only these: "
                            + letters().stream()
                                    .map(DeadLetter::getMessage)
                                    .collect(Collectors.joining("; ")),
                    e);
        }
        for (DeadLetter letter : letters()) {
            assertThat(letter.getCause())
                    .as(letter.getMessage())
                    .isIn(
                            DeadLetterCause.UNDECODABLE,
                            DeadLetterCause.UNKNOWN_CODEBOOK,
                            DeadLetterCause.INVALID_ITEM_ID);
            assertThat(letter.getMessage()).hasSizeLessThan(1000).doesNotContain("root:");
        }
    }

    private List<DeadLetter> letters() throws Exception {
        SingleObjectFormat<DeadLetter> format = SingleObjectFormat.of(DeadLetter.class);
        List<DeadLetter> letters = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : kafka.read(kafka.topics().deadLetters())) {
            letters.add(format.decode(record.value()));
        }
        return letters;
    }

    /** The versions that were reported on: only such as were loaded may be. */
    private Set<String> reported() throws Exception {
        SingleObjectFormat<HourglassReport> format = SingleObjectFormat.of(HourglassReport.class);
        Set<String> versions = new TreeSet<>();
        for (ConsumerRecord<byte[], byte[]> record : kafka.read(kafka.topics().hourglass())) {
            if (format.recognizes(record.value())) {
                versions.add(format.decode(record.value()).getCodebookVersion());
            }
        }
        return versions;
    }
}
