package io.sidestream.operators.assign;

import static io.sidestream.operators.assign.TestingCodebooks.axes;
import static io.sidestream.operators.assign.TestingCodebooks.decimal;
import static io.sidestream.operators.assign.TestingCodebooks.file;
import static io.sidestream.schema.DeadLetterCause.UNKNOWN_CODEBOOK;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;
import static io.sidestream.schema.DeadLetterCause.ZERO_VECTOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sidestream.codebook.Codebook;
import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.TestingRecords;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.decode.Decode;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.quantize.RelativeResidual;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssignTest {

    private static final int BUNDLE_SIZE = 3;
    private static final long LINGER = 10;
    private static final int MAX_PARALLELISM = 8;
    private static final Comparator<Double> WITHIN_ROUNDING =
            (one, other) -> Math.abs(one - other) < 1e-7 ? 0 : Double.compare(one, other);

    private final String job = UUID.randomUUID().toString();

    @TempDir private Path folder;
    private TestingCodebooks codebooks;
    private Subtask assign;

    @BeforeEach
    void open() throws Exception {
        codebooks = new TestingCodebooks(folder);
        assign = new Subtask(1, 0);
        assign.open();
    }

    @AfterEach
    void close() throws Exception {
        assign.close();
    }

    @Test
    void emitsABundleInOrderAsSoonAsItIsFull() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(1, "a", 32), embedding(2, "b", 71));
        assertThat(assign.emitted()).isEmpty();

        assign.receive(embedding(3, "c", 4));

        assertThat(assign.emitted())
                .containsExactly("a@1 v1[3, 2]", "b@2 v1[7, 1]", "c@3 v1[0, 4]");
    }

    @Test
    void emitsAPartOfABundleWhenTheOldestItemHasLingeredLongEnough() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.setProcessingTime(100);
        assign.receive(embedding(1, "a", 32));
        assign.setProcessingTime(100 + LINGER - 1);
        assign.receive(embedding(2, "b", 71));
        assertThat(assign.emitted()).isEmpty();

        assign.setProcessingTime(100 + LINGER);

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]", "b@2 v1[7, 1]");
    }

    @Test
    void startsToLingerAnewForEveryBundle() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.setProcessingTime(100);
        assign.receive(embedding(1, "a", 0), embedding(2, "b", 0), embedding(3, "c", 0));
        assign.setProcessingTime(105);
        assign.receive(embedding(4, "d", 0));

        assign.setProcessingTime(100 + LINGER);
        assertThat(assign.emitted()).hasSize(3);
        assign.setProcessingTime(105 + LINGER);
        assertThat(assign.emitted()).hasSize(4);
    }

    @Test
    void holdsNothingBackFromACheckpoint() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(1, "a", 32));

        assign.harness.prepareSnapshotPreBarrier(1);

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]");
    }

    @Test
    void holdsNothingBackAtTheEndOfInput() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(1, "a", 32));

        assign.harness.getOperator().finish();

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]");
    }

    @Test
    void keepsDeletionsInTheirPlace() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(1, "a", 32), deletion(2, "a"), embedding(3, "a", 50));

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]", "a@2 deleted", "a@3 v1[5, 0]");
    }

    @Test
    void assignsUnderEveryVersionThatTakesTheEmbedding() throws Exception {
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.SHADOW));
        assign.receive(codebooks.publish(decimal("v3"), CodebookStatus.READY));
        assign.receive(embedding(1, "a", 32));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2] v2[3, 2] v3[3, 2]");
        assertThat(assign.deadLetters()).isEmpty();
    }

    @Test
    void reportsTheVersionThatCannotTakeAnEmbeddingAndGoesOnWithTheOthers() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(axes("v2")));
        assign.receive(embedding(1, "a", 32), embedding(2, "b", 0.1f, 5), embedding(3, "c", 71));

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]", "b@2 v2[1]", "c@3 v1[7, 1]");
        assertThat(assign.deadLetters())
                .extracting(
                        DeadLetter::getOriginOffset, DeadLetter::getCause, DeadLetter::getMessage)
                .containsExactly(
                        tuple(
                                1L,
                                WRONG_LENGTH,
                                "codebook version 'v2' takes embeddings of 2 floats, this one has"
                                        + " 1"),
                        tuple(
                                2L,
                                WRONG_LENGTH,
                                "codebook version 'v1' takes embeddings of 1 floats, this one has"
                                        + " 2"),
                        tuple(
                                3L,
                                WRONG_LENGTH,
                                "codebook version 'v2' takes embeddings of 2 floats, this one"
                                        + " has 1"));
    }

    @Test
    void writesOneDeadLetterForAnEmbeddingThatNoVersionTakes() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(axes("v2")));
        assign.receive(embedding(1, "a", 1, 2, 3));
        assign.flush();

        assertThat(assign.emitted()).isEmpty();
        assertThat(assign.deadLetters()).hasSize(1);
        assertThat(assign.deadLetters().get(0).getMessage())
                .contains("version 'v1' takes embeddings of 1")
                .contains("version 'v2' takes embeddings of 2");
    }

    @Test
    void tellsWhatEachLayerLeavesUnexplained() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(1, "a", 33), embedding(2, "b", 32.5f), embedding(3, "c", 0));
        assertThat(residuals("v1")) // 33 and 32.5 less 30, then less 3 and 2
                .usingElementComparator(WITHIN_ROUNDING)
                .containsExactly(3 / 33.0, 0.0, 2.5 / 32.5, 0.5 / 32.5, 0.0, 0.0);

        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.RETIRED));
        assign.receive(codebooks.publish(axes("v2")));
        assign.receive(embedding(4, "d", 3, 4)); // (0.6, 0.8) less (0, 1)
        assign.flush();
        assertThat(residuals("v2"))
                .usingElementComparator(WITHIN_ROUNDING)
                .containsExactly(Math.sqrt(0.6 * 0.6 + 0.2 * 0.2));
    }

    /** Of every item and layer. */
    private List<Double> residuals(String version) {
        List<Double> residuals = new ArrayList<>();
        for (AssignedItem item : assign.harness.extractOutputValues()) {
            for (Assignment assignment : item.assignments()) {
                if (assignment.codebookVersion().equals(version)) {
                    for (int residual : assignment.residuals()) {
                        residuals.add(RelativeResidual.mean(residual, 1));
                    }
                }
            }
        }
        return residuals;
    }

    @Test
    void refusesAZeroVectorOnlyWhereEmbeddingsAreNormalized() throws Exception {
        Codebook plain = Codebook.of("v1", 2, false, new float[][] {{1, 0, 0, 1}}, Map.of());
        assign.receive(codebooks.publish(plain));
        assign.receive(codebooks.publish(axes("v2")));
        assign.receive(embedding(1, "a", 0, -0f), embedding(2, "b", 0, Float.MIN_VALUE));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v1[0]", "b@2 v1[0] v2[1]");
        assertThat(assign.deadLetters())
                .extracting(DeadLetter::getOriginOffset, DeadLetter::getCause)
                .containsExactly(tuple(1L, ZERO_VECTOR));
    }

    @Test
    void assignsWhatCameBeforeANewVersionWithoutIt() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(1, "a", 32));
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(embedding(2, "b", 32));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]", "b@2 v1[3, 2] v2[3, 2]");
    }

    @Test
    void assignsUnderARetiredVersionNoMore() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(codebooks.publish(decimal("v3")));
        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.RETIRED));
        assign.receive(TestingCodebooks.forget("v2"));
        assign.receive(embedding(1, "a", 32));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v3[3, 2]");
        assign.settle();
        assertThat(assign.gate().isOpen()).isTrue();
        assertThat(assign.liveVersions()).containsExactly("v3");
    }

    @Test
    void closesTheGateWhenTheLastVersionRetires() throws Exception {
        assertThat(assign.gate().isOpen()).isFalse();
        assign.receive(codebooks.publish(decimal("v1")));
        assign.settle();
        assertThat(assign.gate().isOpen()).isTrue();

        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.RETIRED));
        assertThat(assign.gate().isOpen()).isFalse();
        assertThat(assign.liveVersions()).isEmpty();

        assign.receive(codebooks.publish(decimal("v2")));
        assign.settle();
        assertThat(assign.gate().isOpen()).isTrue();
    }

    @Test
    void opensTheGateOnlyWhenNoFurtherVersionComes() throws Exception {
        long settle = Assign.SETTLE.toMillis();
        assign.setProcessingTime(0);
        assign.receive(codebooks.publish(decimal("v1")));
        assign.setProcessingTime(settle - 1);
        assign.receive(codebooks.publish(decimal("v2")));
        assign.setProcessingTime(2 * settle - 2);
        assertThat(assign.gate().isOpen()).isFalse();

        assign.setProcessingTime(2 * settle - 1);
        assertThat(assign.gate().isOpen()).isTrue();
    }

    @Test
    void keepsTheGateClosedWhenTheVersionRetiresBeforeItHasSettled() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.RETIRED));
        assign.settle();

        assertThat(assign.gate().isOpen()).isFalse();
    }

    @Test
    void putsAsideWhatIsOnItsWayWhenTheLastVersionRetiresAndLetsDeletionsPass() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.RETIRED));
        assign.receive(embedding(1, "a", 32), deletion(2, "b"));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("b@2 deleted");
        assertThat(assign.deadLetters())
                .extracting(DeadLetter::getOriginOffset, DeadLetter::getCause)
                .containsExactly(tuple(1L, UNKNOWN_CODEBOOK));
    }

    @Test
    void keepsALoadedVersionWhenOnlyItsStatusChanges() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        assign.receive(TestingCodebooks.change(manifest));
        Files.delete(file(manifest));

        assign.receive(
                TestingCodebooks.change(
                        CodebookManifest.newBuilder(manifest)
                                .setStatus(CodebookStatus.SHADOW)
                                .build()));
        assign.receive(embedding(1, "a", 32));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]");
        assertThat(assign.deadLetters()).isEmpty();
    }

    @Test
    void reportsAMissingFileAndUsesTheVersionAsSoonAsTheFileIsThere() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        byte[] content = Files.readAllBytes(file(manifest));
        Files.delete(file(manifest));
        assign.setProcessingTime(0);

        assign.receive(TestingCodebooks.change(manifest));
        assertThat(assign.deadLetters()).hasSize(1);
        DeadLetter letter = assign.deadLetters().get(0);
        assertThat(letter.getCause()).isEqualTo(UNKNOWN_CODEBOOK);
        assertThat(letter.getOriginTopic()).isEqualTo("sid-codebooks");
        assertThat(letter.getMessage()).contains("'v1'", manifest.getUri(), "does not exist");
        assign.setProcessingTime(1_000);
        assertThat(assign.gate().isOpen()).isFalse();

        Files.write(file(manifest), content);
        assign.setProcessingTime(2_999);
        assertThat(assign.gate().isOpen()).isFalse();
        assign.setProcessingTime(3_000); // the time between attempts doubles
        assertThat(assign.gate().isOpen()).isTrue();

        assign.receive(embedding(1, "a", 32));
        assign.flush();
        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]");
        assertThat(assign.deadLetters()).hasSize(1);
    }

    @Test
    void goesOnWithTheOtherVersionsWhenOneCannotBeLoaded() throws Exception {
        CodebookManifest damaged = codebooks.put(decimal("v2"));
        TestingCodebooks.damage(damaged);

        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(TestingCodebooks.change(damaged));
        assign.receive(embedding(1, "a", 32));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]");
        assertThat(assign.deadLetters())
                .extracting(DeadLetter::getCause)
                .containsExactly(UNKNOWN_CODEBOOK);
    }

    @Test
    void survivesAManifestWhoseUriIsNone() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        for (String uri : List.of("file:///with a space", "", "no-such-scheme://x/y", ":", "%")) {
            assign.receive(
                    TestingCodebooks.change(
                            CodebookManifest.newBuilder(manifest).setUri(uri).build()));
        }

        assertThat(assign.deadLetters())
                .hasSize(5)
                .extracting(DeadLetter::getCause)
                .containsOnly(UNKNOWN_CODEBOOK);
        assertThat(assign.gate().isOpen()).isFalse();
    }

    @Test
    void forgetsAVersionThatRetiresBeforeItCouldBeLoaded() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        byte[] content = Files.readAllBytes(file(manifest));
        Files.delete(file(manifest));
        assign.setProcessingTime(0);
        assign.receive(TestingCodebooks.change(manifest));
        assign.receive(TestingCodebooks.forget("v1"));
        Files.write(file(manifest), content);

        assign.setProcessingTime(1_000_000);

        assertThat(assign.gate().isOpen()).isFalse();
        assertThat(assign.liveVersions()).isEmpty();
    }

    @Test
    void reportsAMissingFileFromOneSubtaskOnly() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        Files.delete(file(manifest));
        try (Subtask second = new Subtask(2, 1)) {
            second.open();
            second.receive(TestingCodebooks.change(manifest));

            assertThat(second.deadLetters()).isEmpty();
        }
    }

    @Test
    void assignsUnderTheSameVersionsAfterARestore() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(codebooks.publish(decimal("v2"), CodebookStatus.RETIRED));
        OperatorSubtaskState state = assign.harness.snapshot(1, 1);
        assign.close();

        try (Subtask restored = new Subtask(1, 0)) {
            assertThat(restored.gate().isOpen()).isFalse();
            restored.restore(state);
            assertThat(restored.gate().isOpen()).isTrue();
            restored.receive(embedding(1, "a", 32));
            restored.flush();

            assertThat(restored.emitted()).containsExactly("a@1 v1[3, 2]");
            assertThat(restored.liveVersions()).containsExactly("v1");
        }
    }

    @Test
    void knowsTheSameVersionsInEverySubtaskAfterRescaling() throws Exception {
        OperatorSubtaskState both;
        try (Subtask left = new Subtask(2, 0);
                Subtask right = new Subtask(2, 1)) {
            for (Subtask subtask : List.of(left, right)) {
                subtask.open();
                subtask.receive(codebooks.publish(decimal("v1")));
                subtask.receive(codebooks.publish(axes("v2")));
            }
            both =
                    AbstractStreamOperatorTestHarness.repackageState(
                            left.harness.snapshot(1, 1), right.harness.snapshot(1, 1));
        }
        for (int index = 0; index < 3; index++) {
            try (Subtask wider = new Subtask(3, index)) {
                wider.restore(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                both, MAX_PARALLELISM, 2, 3, index));

                assertThat(wider.liveVersions()).containsExactly("v1", "v2");
                assertThat(wider.gate().isOpen()).isTrue();
            }
        }
    }

    @Test
    void triesAgainAfterARestoreWithoutTheFile() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        byte[] content = Files.readAllBytes(file(manifest));
        assign.receive(TestingCodebooks.change(manifest));
        OperatorSubtaskState state = assign.harness.snapshot(1, 1);
        assign.close();
        Files.delete(file(manifest));

        try (Subtask restored = new Subtask(1, 0)) {
            restored.setProcessingTime(0);
            restored.restore(state);
            assertThat(restored.gate().isOpen()).isFalse();
            Files.write(file(manifest), content);
            restored.setProcessingTime(1_000);

            assertThat(restored.gate().isOpen()).isTrue();
        }
    }

    @Test
    void closesItsGateAndFreesItsCodebooksWhenItEnds() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        assign.receive(TestingCodebooks.change(manifest));
        CodebookGate gate = assign.gate();
        assertThat(SharedQuantizersTest.isLoaded(manifest)).isTrue();

        assign.close();

        assertThat(gate.isOpen()).isFalse();
        assertThat(assign.gate()).isNotSameAs(gate);
        assertThat(SharedQuantizersTest.isLoaded(manifest)).isFalse();
    }

    private static IncomingRecord embedding(long offset, String itemId, float... embedding) {
        return TestingRecords.embedding(offset, itemId, embedding);
    }

    private static IncomingRecord deletion(long offset, String itemId) {
        return TestingRecords.deletion(offset, itemId);
    }

    /** One subtask of Assign, fed with records by way of Decode. */
    private final class Subtask implements AutoCloseable {

        private final OneInputStreamOperatorTestHarness<IncomingRecord, DecodedItem> decode;
        private final TwoInputStreamOperatorTestHarness<DecodedItem, CodebookChange, AssignedItem>
                harness;
        private final int index;
        private boolean closed;

        Subtask(int parallelism, int index) throws Exception {
            this.index = index;
            decode =
                    new OneInputStreamOperatorTestHarness<>(
                            new ProcessOperator<>(new Decode(new DecodeOptions(64))));
            decode.setup(DecodedItem.TYPE.createSerializer(new SerializerConfigImpl()));
            decode.open();
            harness =
                    new TwoInputStreamOperatorTestHarness<>(
                            new Assign(
                                    new AssignOptions(BUNDLE_SIZE, Duration.ofMillis(LINGER)), job),
                            MAX_PARALLELISM,
                            parallelism,
                            index);
            harness.setup(AssignedItem.TYPE.createSerializer(new SerializerConfigImpl()));
        }

        void open() throws Exception {
            harness.open();
        }

        void restore(OperatorSubtaskState state) throws Exception {
            harness.initializeState(state);
            harness.open();
        }

        void receive(IncomingRecord... records) throws Exception {
            for (IncomingRecord record : records) {
                decode.processElement(record, 0);
                List<DecodedItem> decoded = decode.extractOutputValues();
                harness.processElement1(decoded.get(decoded.size() - 1), 0);
            }
        }

        void receive(CodebookChange change) throws Exception {
            harness.processElement2(change, 0);
        }

        void flush() throws Exception {
            harness.prepareSnapshotPreBarrier(1);
        }

        void setProcessingTime(long time) throws Exception {
            harness.setProcessingTime(time);
        }

        void settle() throws Exception {
            setProcessingTime(harness.getProcessingTime() + Assign.SETTLE.toMillis());
        }

        CodebookGate gate() {
            return CodebookGate.of(job, index);
        }

        /** Such as {@code a@1 v1[3, 2]}. */
        List<String> emitted() {
            return harness.extractOutputValues().stream()
                    .map(
                            item ->
                                    "%s@%d %s"
                                            .formatted(
                                                    item.itemId(),
                                                    item.revision(),
                                                    item.isDeletion() ? "deleted" : codes(item)))
                    .toList();
        }

        private static String codes(AssignedItem item) {
            return item.assignments().stream()
                    .map(codes -> codes.codebookVersion() + Arrays.toString(codes.codes()))
                    .collect(Collectors.joining(" "));
        }

        List<DeadLetter> deadLetters() {
            List<DeadLetter> letters = new ArrayList<>();
            var records = harness.getSideOutput(DeadLetters.TAG);
            if (records != null) {
                records.forEach(record -> letters.add(record.getValue()));
            }
            return letters;
        }

        /** The versions that are in broadcast state. */
        List<String> liveVersions() throws Exception {
            List<String> versions = new ArrayList<>();
            harness.getOperator()
                    .getOperatorStateBackend()
                    .getBroadcastState(Assign.CODEBOOKS)
                    .immutableEntries()
                    .forEach(entry -> versions.add(entry.getKey()));
            versions.sort(null);
            return versions;
        }

        @Override
        public void close() throws Exception {
            if (!closed) {
                closed = true;
                decode.close();
                harness.close();
            }
        }
    }
}
