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
import io.sidestream.operators.Announcement;
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
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.PartitionPosition;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:codebooks/x",
                "codebooks/x",
                "//host/x",
                "mailto:x",
                "jar:file:///x!/y",
                "http://127.0.0.1:1/x",
                "s3://bucket/x",
                "file://remote/x",
                "/etc/passwd",
                "file:///etc/passwd",
                "file:///%00",
            })
    void goesOnWithTheOthersWhereverAManifestPoints(String uri) throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        CodebookManifest manifest = codebooks.put(decimal("v2"));

        assign.receive(
                TestingCodebooks.change(CodebookManifest.newBuilder(manifest).setUri(uri).build()));
        assign.receive(embedding(1, "a", 32));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2]");
        assertThat(assign.deadLetters())
                .singleElement()
                .satisfies(
                        letter ->
                                assertThat(letter.getMessage())
                                        .contains("'v2' cannot be loaded")
                                        .hasSizeLessThan(600)
                                        .doesNotContain("root:"));
    }

    @Test
    void takesNoFileFromOutsideTheRoots() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        String name = file(manifest).getFileName().toString();
        String inside = folder.toUri().toString();
        Path sibling = Files.createDirectory(folder.resolveSibling(folder.getFileName() + "x"));
        Files.copy(file(manifest), sibling.resolve(name));
        Files.createSymbolicLink(folder.resolve("link"), sibling);
        for (String uri :
                List.of(
                        sibling.resolve(name).toUri().toString(),
                        inside + "../" + sibling.getFileName() + "/" + name,
                        inside + "%2e%2e/" + sibling.getFileName() + "/" + name,
                        inside + "link/" + name,
                        inside + "/" + name,
                        inside + "./" + name,
                        inside + name + "?x",
                        inside.replace("file:", "FILE:").replace(folder.toString(), "/"))) {
            assign.receive(
                    TestingCodebooks.change(
                            CodebookManifest.newBuilder(manifest).setUri(uri).build()));
        }

        assertThat(assign.deadLetters()).hasSize(8);
        assertThat(assign.reports()).allMatch(report -> report.contains("cannot: "));
    }

    @Test
    void comparesAFilesLengthWithTheManifestBeforeItIsRead() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        assign.receive(
                TestingCodebooks.change(
                        CodebookManifest.newBuilder(manifest)
                                .setDimension(1024)
                                .setLayerSizes(List.of(1 << 19, 1 << 19))
                                .build()));

        assertThat(assign.deadLetters())
                .singleElement()
                .satisfies(
                        letter ->
                                assertThat(letter.getMessage())
                                        .contains("has from 4294967296 to 4297064456"));
    }

    @Test
    void doesNotBeginToLoadWhatTheHeapCannotHold() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        int dimension = 1 << 16;
        int size = (int) (Runtime.getRuntime().maxMemory() / Float.BYTES / dimension) + 1;
        try (RandomAccessFile large = new RandomAccessFile(file(manifest).toFile(), "rw")) {
            large.setLength((long) size * dimension * Float.BYTES + 8); // holes take no space
        }
        assign.receive(
                TestingCodebooks.change(
                        CodebookManifest.newBuilder(manifest)
                                .setDimension(dimension)
                                .setLayerSizes(List.of(size))
                                .build()));

        assertThat(assign.deadLetters())
                .singleElement()
                .satisfies(
                        letter ->
                                assertThat(letter.getMessage())
                                        .contains("MiB of heap", "taskmanager.memory", "-Xmx"));
    }

    @Test
    void survivesWhateverATopicCheckThrows() throws Exception {
        for (Throwable failure :
                List.of(
                        new OutOfMemoryError("a test"),
                        new StackOverflowError(),
                        new NoClassDefFoundError("a plug-in"),
                        new IllegalStateException("x".repeat(100_000)),
                        new IOException((String) null),
                        new InterruptedException())) {
            OutputTopics failing =
                    version -> {
                        throw TestingStore.<RuntimeException>sneaky(failure);
                    };
            StoreAccess store = TestingStore.in(folder);
            try (Subtask subtask =
                    new Subtask(1, 0, new StoreAccess(store.options(), failing, store.threads()))) {
                subtask.open();
                subtask.receive(codebooks.publish(decimal("w1")));

                assertThat(subtask.deadLetters())
                        .singleElement()
                        .satisfies(
                                letter ->
                                        assertThat(letter.getMessage())
                                                .contains("'w1' cannot be loaded")
                                                .hasSizeLessThan(1000));
            }
        }
    }

    @Test
    void goesOnWithTheOthersWhileAStoreHangs() throws Exception {
        List<Runnable> threads = new ArrayList<>();
        StoreAccess store = TestingStore.in(folder, threads::add);
        try (Subtask subtask = new Subtask(1, 0, store)) {
            subtask.open();
            subtask.setProcessingTime(0);
            subtask.receive(codebooks.publish(decimal("h1")));
            threads.remove(0).run();
            subtask.takeMail();
            subtask.settle();
            assertThat(subtask.gate().isOpen()).isTrue();
            subtask.receive(codebooks.publish(decimal("h2")));
            subtask.receive(embedding(1, "a", 32));
            subtask.flush();
            assertThat(subtask.emitted()).containsExactly("a@1 h1[3, 2]");

            long begun = subtask.harness.getProcessingTime();
            subtask.setProcessingTime(begun + 2 * TestingStore.TIMEOUT.toMillis());
            assertThat(subtask.deadLetters())
                    .singleElement()
                    .satisfies(
                            letter ->
                                    assertThat(letter.getMessage())
                                            .contains(
                                                    "'h2'",
                                                    "waited 30000 ms for one of the 32 threads"));
            subtask.setProcessingTime(begun + 3 * TestingStore.TIMEOUT.toMillis());
            assertThat(threads).as("no second thread").hasSize(1);

            threads.remove(0).run();
            subtask.takeMail();
            subtask.receive(embedding(2, "b", 71));
            subtask.flush();
            assertThat(subtask.emitted()).contains("b@2 h1[7, 1] h2[7, 1]");
            assertThat(subtask.reports()).last().isEqualTo("h2 0/1 from {3=2}");
        }
    }

    @Test
    void leavesInputUnreadUntilTheVersionsOfBeforeARestartAreLoadedOrHaveFailed() throws Exception {
        assign.receive(codebooks.publish(decimal("r1")));
        assign.receive(codebooks.publish(decimal("r2")));
        assign.receive(embedding(1, "a", 32));
        OperatorSubtaskState state = assign.checkpoint(1);
        assign.close();
        List<Runnable> threads = new ArrayList<>();
        StoreAccess store = TestingStore.in(folder, threads::add);
        try (Subtask restored = new Subtask(1, 0, store)) {
            restored.restore(state);
            restored.setProcessingTime(0);
            threads.remove(0).run();
            restored.takeMail();
            assertThat(restored.gate().isOpen()).as("one is loaded").isFalse();

            restored.setProcessingTime(2 * TestingStore.TIMEOUT.toMillis());

            assertThat(restored.gate().isOpen()).as("the other has failed").isTrue();
        }
        threads.remove(0).run();
    }

    @Test
    void leavesInputUnreadUntilAllAreLoadedThoughTheProcessHasOneOfThemAlready() throws Exception {
        for (String version : List.of("s1", "s2", "s3")) {
            assign.receive(codebooks.publish(decimal(version)));
        }
        OperatorSubtaskState state = assign.checkpoint(1);
        assign.close();
        for (String held : List.of("s1", "s2", "s3")) {
            SharedQuantizers.Lease other =
                    SharedQuantizers.acquire(codebooks.put(decimal(held)), TestingStore.in(folder));
            List<Runnable> threads = new ArrayList<>();
            try (Subtask restored = new Subtask(1, 0, TestingStore.in(folder, threads::add))) {
                restored.restore(state);
                assertThat(threads).hasSize(2);
                for (Runnable thread : threads) {
                    assertThat(restored.gate().isOpen()).isFalse();
                    thread.run();
                    restored.takeMail();
                }
                assertThat(restored.gate().isOpen()).isTrue();
            }
            other.release();
        }
    }

    @Test
    void reportsEveryManifestWhoseFileIsOfNoUseAndTakesTheOneWhoseFileIs() throws Exception {
        List<Runnable> threads = new ArrayList<>();
        StoreAccess store = TestingStore.in(folder, threads::add);
        CodebookManifest manifest = codebooks.put(decimal("m1"));
        try (Subtask subtask = new Subtask(1, 0, store)) {
            subtask.open();
            for (String name : List.of("none", "nothing")) {
                subtask.receive(
                        TestingCodebooks.change(
                                CodebookManifest.newBuilder(manifest)
                                        .setUri(folder.resolve(name).toUri().toString())
                                        .build()));
            }
            subtask.receive(TestingCodebooks.change(manifest));
            while (!threads.isEmpty()) {
                threads.remove(0).run();
                subtask.takeMail();
            }

            assertThat(subtask.deadLetters())
                    .extracting(DeadLetter::getMessage)
                    .satisfiesExactly(
                            first -> assertThat(first).contains("/none does not exist"),
                            second -> assertThat(second).contains("/nothing does not exist"));
            assertThat(subtask.reports()).last().isEqualTo("m1 0/1 from {}");
        }
    }

    @Test
    void takesNoCodebookInAfterItHasEnded() throws Exception {
        List<Runnable> threads = new ArrayList<>();
        StoreAccess store = TestingStore.in(folder, threads::add);
        CodebookManifest manifest = codebooks.put(decimal("e1"));
        Subtask subtask = new Subtask(1, 0, store);
        subtask.open();
        subtask.receive(TestingCodebooks.change(manifest));
        subtask.close();

        threads.remove(0).run();

        assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
    }

    @Test
    void refusesAnEmbeddingSoLongThatAScoreMayOverflow() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(axes("v2")));

        assign.receive(
                embedding(1, "a", 3e38f), embedding(2, "b", -3e38f), embedding(3, "c", 1e30f));
        assign.receive(embedding(4, "d", 3e38f, 3e38f));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("c@3 v1[9, 4]", "d@4 v2[0]");
        assertThat(assign.deadLetters())
                .filteredOn(letter -> letter.getCause() == DeadLetterCause.OUT_OF_RANGE)
                .hasSize(2)
                .allSatisfy(letter -> assertThat(letter.getMessage()).contains("'v1'", "3.00e+38"));
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
        assertThat(SharedQuantizers.isLoaded(manifest)).isTrue();

        assign.close();

        assertThat(gate.isOpen()).isFalse();
        assertThat(assign.gate()).isNotSameAs(gate);
        assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
    }

    @Test
    void saysFromWhereOnItAssignsUnderAVersion() throws Exception {
        assign.setProcessingTime(5_000);
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(1, 40, "a"), embedding(0, 7, "b"), embedding(1, 41, "c"));
        assign.receive(embedding(0, 9, "d")); // it is in a bundle yet
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(codebooks.publish(decimal("v2"), CodebookStatus.READY));

        assertThat(assign.reports()).containsExactly("v1 0/1 from {}", "v2 0/1 from {0=10, 1=42}");
        LiveReport report = assign.liveReports().get(1);
        assertThat(report.getRun()).isEqualTo(job + "/0");
        assertThat(report.getAt()).isEqualTo(Instant.ofEpochMilli(5_000));
        assertThat(assign.emitted()).as("what comes before those goes without it").hasSize(4);
    }

    @Test
    void countsWhatCannotBeAssignedAndDeletionsAsPassed() throws Exception {
        assign.receive(codebooks.publish(axes("v1")));
        assign.receive(embedding(0, 3, "a"), deletion(8, "b")); // partition 3
        assign.receive(codebooks.publish(axes("v2")));

        assertThat(assign.reports()).last().isEqualTo("v2 0/1 from {0=4, 3=9}");
    }

    @Test
    void saysTheSameAfterARestartWithoutAGap() throws Exception {
        assign.receive(embedding(0, 3, "a"));
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(0, 4, "b"), embedding(1, 9, "b"));
        OperatorSubtaskState state = assign.checkpoint(4);
        assign.close();

        try (Subtask restored = new Subtask(1, 0)) {
            restored.restore(state, 4);
            assertThat(restored.reports()).containsExactly("v1 0/1 from {0=4}");
            assertThat(restored.liveReports().get(0).getRun()).isEqualTo(job + "/4");
            restored.receive(codebooks.publish(decimal("v2")));
            assertThat(restored.reports()).last().isEqualTo("v2 0/1 from {0=5, 1=10}");
        }
    }

    @Test
    void knowsEveryPartitionsPositionsAfterRescaling() throws Exception {
        Subtasks subtasks = new Subtasks();
        subtasks.restart(2);
        subtasks.get(0).receive(embedding(0, 5, "a"));
        subtasks.get(1).receive(embedding(1, 6, "b"), embedding(3, 7, "b"));
        subtasks.receive(codebooks.publish(decimal("v1")));
        subtasks.get(0).receive(embedding(0, 50, "a"));
        subtasks.checkpoint();

        subtasks.restart(3);
        assertThat(subtasks.reports())
                .containsExactly(
                        "v1 0/3 from {0=6, 1=7, 3=8}",
                        "v1 1/3 from {0=6, 1=7, 3=8}",
                        "v1 2/3 from {0=6, 1=7, 3=8}");
        subtasks.get(2).receive(embedding(1, 100, "a")); // it is that one's now
        subtasks.receive(codebooks.publish(decimal("v2")));
        assertThat(subtasks.get(1).reports()).last().isEqualTo("v2 1/3 from {0=51, 1=7, 3=8}");
        assertThat(subtasks.get(2).reports()).last().isEqualTo("v2 2/3 from {0=51, 1=101, 3=8}");
        subtasks.checkpoint();

        subtasks.restart(1);
        assertThat(subtasks.reports())
                .containsExactly("v1 0/1 from {0=6, 1=7, 3=8}", "v2 0/1 from {0=51, 1=101, 3=8}");
        subtasks.close();
    }

    @Test
    void beginsAnewAfterAGapSinceTheFileCouldNotBeLoadedAtARestart() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        assign.receive(TestingCodebooks.change(manifest));
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(embedding(0, 5, "a"));
        OperatorSubtaskState state = assign.checkpoint(4);
        assign.close();
        byte[] content = Files.readAllBytes(file(manifest));
        Files.delete(file(manifest));

        try (Subtask restored = new Subtask(1, 0)) {
            restored.setProcessingTime(0);
            restored.restore(state, 4);
            assertThat(restored.reports())
                    .containsExactly("v1 0/1 cannot: does not exist", "v2 0/1 from {}");
            restored.receive(embedding(0, 6, "b"));
            Files.write(file(manifest), content);
            restored.setProcessingTime(1_000);
            assertThat(restored.reports()).last().isEqualTo("v1 0/1 from {0=7}");
            restored.receive(embedding(0, 7, "c"));
            state = restored.checkpoint(5);
        }
        try (Subtask again = new Subtask(1, 0)) {
            again.restore(state, 5);
            assertThat(again.reports()).containsExactly("v1 0/1 from {0=7}", "v2 0/1 from {}");
        }
    }

    @Test
    void missesNothingWhileInputWaitsForTheFile() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        assign.receive(embedding(0, 3, "a"));
        assign.receive(TestingCodebooks.change(manifest));
        assign.receive(embedding(0, 5, "a"));
        OperatorSubtaskState state = assign.checkpoint(4);
        assign.close();
        byte[] content = Files.readAllBytes(file(manifest));
        Files.delete(file(manifest));

        try (Subtask waiting = new Subtask(1, 0)) {
            waiting.restore(state, 4);
            assertThat(waiting.gate().isOpen()).as("the only version").isFalse();
            state = waiting.checkpoint(5);
        }
        try (Subtask waiting = new Subtask(1, 0)) {
            waiting.setProcessingTime(0);
            waiting.restore(state, 5);
            Files.write(file(manifest), content);
            waiting.setProcessingTime(1_000);

            assertThat(waiting.reports())
                    .containsExactly("v1 0/1 cannot: does not exist", "v1 0/1 from {0=4}");
            waiting.receive(embedding(0, 6, "b"));
            state = waiting.checkpoint(6);
        }
        try (Subtask again = new Subtask(1, 0)) {
            again.restore(state, 6);
            assertThat(again.reports()).containsExactly("v1 0/1 from {0=4}");
        }
    }

    @Test
    void beginsAnewEverywhereAfterAGapInOneSubtask() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        byte[] content = Files.readAllBytes(file(manifest));
        Subtasks subtasks = new Subtasks();
        subtasks.restart(2);
        Files.delete(file(manifest));
        subtasks.get(1).receive(TestingCodebooks.change(manifest));
        Files.write(file(manifest), content);
        subtasks.get(0).receive(TestingCodebooks.change(manifest));
        assertThat(subtasks.reports())
                .containsExactly("v1 0/2 from {}", "v1 1/2 cannot: does not exist");
        subtasks.get(0).receive(embedding(0, 10, "a"));
        subtasks.get(1).receive(codebooks.publish(decimal("v2")));
        subtasks.get(1).receive(embedding(1, 20, "b"));
        subtasks.checkpoint(); // with a gap, for partition 1 has missed the version

        subtasks.restart(2);
        assertThat(subtasks.get(0).reports()).first().isEqualTo("v1 0/2 from {0=11, 1=21}");
        assertThat(subtasks.get(1).reports()).first().isEqualTo("v1 1/2 from {0=11, 1=21}");
        subtasks.close();
    }

    @Test
    void saysAgainThatAVersionCannotBeLoadedWheneverItHasTried() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        TestingCodebooks.damage(manifest);
        assign.setProcessingTime(0);
        assign.receive(TestingCodebooks.change(manifest));
        assign.setProcessingTime(1_000);
        assign.setProcessingTime(3_000);

        assertThat(assign.reports())
                .hasSize(3)
                .allMatch(report -> report.startsWith("v1 0/1 cannot: "));
    }

    @Test
    void forgetsSinceWhenARetiredVersionWasLive() throws Exception {
        assign.receive(embedding(0, 3, "a"));
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.RETIRED));
        OperatorSubtaskState state = assign.checkpoint(4);
        assign.close();

        try (Subtask restored = new Subtask(1, 0)) {
            restored.restore(state, 4);
            assertThat(restored.reports()).containsExactly("v2 0/1 from {0=4}");
        }
    }

    @Test
    void freesTheCodebookOfARetiredVersion() throws Exception {
        CodebookManifest manifest = codebooks.put(decimal("v1"));
        try (Subtask second = new Subtask(2, 1)) {
            second.open();
            for (Subtask subtask : List.of(assign, second)) {
                subtask.receive(TestingCodebooks.change(manifest));
            }
            assign.receive(TestingCodebooks.forget("v1"));
            assertThat(SharedQuantizers.isLoaded(manifest)).isTrue();
            second.receive(TestingCodebooks.forget("v1"));
            second.receive(TestingCodebooks.forget("v1"));

            assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
        }
    }

    @Test
    void assignsWhatIsInABundleUnderAVersionThatRetires() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(codebooks.publish(decimal("v2")));
        assign.receive(embedding(1, "a", 32));
        assign.receive(codebooks.publish(decimal("v1"), CodebookStatus.RETIRED));
        assign.receive(embedding(2, "b", 32));
        assign.flush();

        assertThat(assign.emitted()).containsExactly("a@1 v1[3, 2] v2[3, 2]", "b@2 v2[3, 2]");
    }

    @Test
    void passesOnWhereARecordIs() throws Exception {
        assign.receive(codebooks.publish(decimal("v1")));
        assign.receive(embedding(5, 77, "a"), deletion(8, "b"));
        assign.flush();

        assertThat(assign.harness.extractOutputValues())
                .extracting(AssignedItem::source, AssignedItem::place)
                .containsExactly(
                        tuple(AssignedItem.Source.ARRIVAL, new Place(5, 77)),
                        tuple(AssignedItem.Source.ARRIVAL, new Place(3, 8)));
    }

    private static IncomingRecord embedding(int partition, long offset, String itemId) {
        IncomingRecord record = TestingRecords.embedding(offset, itemId, 32);
        return new IncomingRecord(
                record.topic(),
                partition,
                offset,
                record.timestamp(),
                record.key(),
                record.value());
    }

    private static IncomingRecord embedding(long offset, String itemId, float... embedding) {
        return TestingRecords.embedding(offset, itemId, embedding);
    }

    private static IncomingRecord deletion(long offset, String itemId) {
        return TestingRecords.deletion(offset, itemId);
    }

    /** All subtasks of Assign, through restarts. */
    private final class Subtasks implements AutoCloseable {

        private final List<Subtask> subtasks = new ArrayList<>();
        private OperatorSubtaskState state;
        private int checkpoints;

        Subtask get(int index) {
            return subtasks.get(index);
        }

        void restart(int parallelism) throws Exception {
            int before = subtasks.size();
            close();
            subtasks.clear();
            for (int i = 0; i < parallelism; i++) {
                Subtask subtask = new Subtask(parallelism, i);
                subtasks.add(subtask);
                if (state == null) {
                    subtask.open();
                } else {
                    subtask.restore(
                            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                    state, MAX_PARALLELISM, before, parallelism, i),
                            checkpoints);
                }
            }
        }

        void receive(CodebookChange change) throws Exception {
            for (Subtask subtask : subtasks) {
                subtask.receive(change);
            }
        }

        List<String> reports() throws Exception {
            List<String> reports = new ArrayList<>();
            for (Subtask subtask : subtasks) {
                reports.addAll(subtask.reports());
            }
            return reports;
        }

        void checkpoint() throws Exception {
            checkpoints++;
            OperatorSubtaskState[] states = new OperatorSubtaskState[subtasks.size()];
            for (int i = 0; i < states.length; i++) {
                states[i] = subtasks.get(i).checkpoint(checkpoints);
            }
            state = AbstractStreamOperatorTestHarness.repackageState(states);
        }

        @Override
        public void close() throws Exception {
            for (Subtask subtask : subtasks) {
                subtask.close();
            }
        }
    }

    /** One subtask of Assign, fed with records by way of Decode. */
    private final class Subtask implements AutoCloseable {

        private final OneInputStreamOperatorTestHarness<IncomingRecord, DecodedItem> decode;
        private final TwoInputStreamOperatorTestHarness<DecodedItem, CodebookChange, AssignedItem>
                harness;
        private final int index;
        private boolean closed;

        Subtask(int parallelism, int index) throws Exception {
            this(parallelism, index, TestingStore.in(folder));
        }

        Subtask(int parallelism, int index, StoreAccess store) throws Exception {
            this.index = index;
            decode =
                    new OneInputStreamOperatorTestHarness<>(
                            new ProcessOperator<>(new Decode(new DecodeOptions(64))));
            decode.setup(DecodedItem.TYPE.createSerializer(new SerializerConfigImpl()));
            decode.open();
            harness =
                    new TwoInputStreamOperatorTestHarness<>(
                            new Assign(
                                    new AssignOptions(BUNDLE_SIZE, Duration.ofMillis(LINGER)),
                                    job,
                                    store),
                            MAX_PARALLELISM,
                            parallelism,
                            index);
            harness.setup(AssignedItem.TYPE.createSerializer(new SerializerConfigImpl()));
        }

        void open() throws Exception {
            harness.open();
        }

        /** Does what other threads have asked the stage's own to do. */
        void takeMail() throws Exception {
            while (harness.getTaskMailbox().hasMail()) {
                harness.getTaskMailbox().take(0).run();
            }
        }

        void restore(OperatorSubtaskState state) throws Exception {
            harness.initializeState(state);
            harness.open();
            takeMail();
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
            takeMail();
        }

        void flush() throws Exception {
            harness.prepareSnapshotPreBarrier(1);
        }

        void restore(OperatorSubtaskState state, long checkpoint) throws Exception {
            harness.setRestoredCheckpointId(checkpoint);
            restore(state);
        }

        OperatorSubtaskState checkpoint(long id) throws Exception {
            harness.prepareSnapshotPreBarrier(id);
            return harness.snapshot(id, id);
        }

        List<LiveReport> liveReports() throws Exception {
            List<LiveReport> reports = new ArrayList<>();
            var records = harness.getSideOutput(Announcement.TAG);
            if (records != null) {
                for (var record : records) {
                    Announcement announcement = record.getValue();
                    LiveReport report =
                            SingleObjectFormat.of(LiveReport.class).decode(announcement.value());
                    assertThat(announcement.channel()).isEqualTo(Announcement.Channel.PROGRESS);
                    assertThat(announcement.key())
                            .isEqualTo(ControlKeys.live(report.getCodebookVersion(), index));
                    reports.add(report);
                }
            }
            return reports;
        }

        /** Such as {@code v1 0/2 from {0=7, 3=9}}. */
        List<String> reports() throws Exception {
            return liveReports().stream()
                    .map(
                            report ->
                                    "%s %d/%d %s"
                                            .formatted(
                                                    report.getCodebookVersion(),
                                                    report.getSubtask(),
                                                    report.getSubtasks(),
                                                    report.getError() == null
                                                            ? "from " + positions(report)
                                                            : "cannot: " + why(report)))
                    .toList();
        }

        private static Map<Integer, Long> positions(LiveReport report) {
            return report.getPositions().stream()
                    .collect(
                            Collectors.toMap(
                                    PartitionPosition::getPartition,
                                    PartitionPosition::getOffset,
                                    (one, other) -> one,
                                    TreeMap::new));
        }

        private static String why(LiveReport report) {
            assertThat(report.getPositions()).isEmpty();
            return report.getError().contains("does not exist")
                    ? "does not exist"
                    : report.getError();
        }

        void setProcessingTime(long time) throws Exception {
            harness.setProcessingTime(time);
            takeMail();
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
