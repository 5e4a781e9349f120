package io.sidestream.operators.backfill;

import static io.sidestream.operators.TestingRecords.deletion;
import static io.sidestream.operators.TestingRecords.embedding;
import static io.sidestream.operators.assign.TestingCodebooks.decimal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.TestingCodebooks;
import io.sidestream.operators.assign.TestingStore;
import io.sidestream.operators.decode.Decode;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssignAgainTest {

    private static final AssignOptions OPTIONS = new AssignOptions(3, Duration.ofMillis(10));

    @TempDir private Path folder;
    private CodebookManifest manifest;
    private OneInputStreamOperatorTestHarness<IncomingRecord, DecodedItem> decode;
    private OneInputStreamOperatorTestHarness<DecodedItem, AssignedItem> assign;

    @BeforeEach
    void open() throws Exception {
        manifest = new TestingCodebooks(folder).put(decimal("v2"));
        decode =
                new OneInputStreamOperatorTestHarness<>(
                        new ProcessOperator<>(new Decode(new DecodeOptions(64))));
        decode.setup(DecodedItem.TYPE.createSerializer(new SerializerConfigImpl()));
        decode.open();
        assign = stage(manifest);
        assign.open();
    }

    @AfterEach
    void close() throws Exception {
        decode.close();
        assign.close();
    }

    @Test
    void assignsABundleInOrderAsSoonAsItIsFull() throws Exception {
        receive(embedding(1, "a", 32), embedding(2, "b", 71));
        assertThat(emitted()).isEmpty();
        receive(embedding(3, "c", 4));

        assertThat(emitted()).containsExactly("a@1 v2[3, 2]", "b@2 v2[7, 1]", "c@3 v2[0, 4]");
    }

    @Test
    void assignsAPartOfABundleWhenItHasLingeredLongEnough() throws Exception {
        assign.setProcessingTime(100);
        receive(embedding(1, "a", 32));
        assign.setProcessingTime(109);
        assertThat(emitted()).isEmpty();
        assign.setProcessingTime(110);

        assertThat(emitted()).containsExactly("a@1 v2[3, 2]");
    }

    @Test
    void holdsNothingBackFromACheckpointOrTheEndOfInput() throws Exception {
        receive(embedding(1, "a", 32));
        assign.prepareSnapshotPreBarrier(1);
        assertThat(emitted()).hasSize(1);
        receive(embedding(2, "b", 32));
        assign.getOperator().finish();
        assertThat(emitted()).hasSize(2);
    }

    @Test
    void passesOnAllThatTheIndexNeedsToKnowOfAnEmbedding() throws Exception {
        receive(
                embedding(1L << 40, new EmbeddingMessage("a", new float[] {32}, 42L, 5L)),
                embedding(2, "b", 32));
        assign.prepareSnapshotPreBarrier(1);

        List<AssignedItem> items = assign.extractOutputValues();
        assertThat(items)
                .extracting(AssignedItem::source)
                .containsOnly(AssignedItem.Source.BACKFILL);
        assertThat(items.get(0).place().partition()).isEqualTo(3);
        assertThat(items.get(0).place().offset()).isEqualTo(1L << 40);
        assertThat(items.get(0).explicitRevision()).isEqualTo(42);
        assertThat(items.get(0).eventTime()).isEqualTo(5);
        assertThat(items.get(1).explicitRevision()).isNull();
    }

    @Test
    void passesDeletionsOver() throws Exception {
        receive(deletion(1, "a"), embedding(2, "b", 32), deletion(3, "b"), deletion(4, "c"));
        assign.prepareSnapshotPreBarrier(1);

        assertThat(emitted()).containsExactly("b@2 v2[3, 2]");
        assertThat(assign.getSideOutput(DeadLetters.TAG)).isNull();
    }

    @Test
    void putsAsideWhatTheVersionCannotTake() throws Exception {
        receive(embedding(1, "a", 1, 2), embedding(2, "b", 32));
        assign.prepareSnapshotPreBarrier(1);

        assertThat(emitted()).containsExactly("b@2 v2[3, 2]");
        assertThat(assign.getSideOutput(DeadLetters.TAG)).hasSize(1);
        DeadLetter letter = assign.getSideOutput(DeadLetters.TAG).element().getValue();
        assertThat(letter.getCause()).isEqualTo(DeadLetterCause.WRONG_LENGTH);
        assertThat(letter.getOriginOffset()).isEqualTo(1);
        assertThat(letter.getMessage()).contains("version 'v2' takes embeddings of 1 floats");
    }

    @Test
    void failsWithTheFileWhenTheCodebookCannotBeLoaded() throws Exception {
        CodebookManifest missing =
                CodebookManifest.newBuilder(manifest)
                        .setSha256("0".repeat(64))
                        .setUri(folder.resolve("none").toUri().toString())
                        .build();
        OneInputStreamOperatorTestHarness<DecodedItem, AssignedItem> other = stage(missing);

        assertThatThrownBy(other::open)
                .hasStackTraceContaining(missing.getUri() + " does not exist");
        other.getOperator().close();
    }

    private OneInputStreamOperatorTestHarness<DecodedItem, AssignedItem> stage(
            CodebookManifest manifest) throws Exception {
        OneInputStreamOperatorTestHarness<DecodedItem, AssignedItem> stage =
                new OneInputStreamOperatorTestHarness<>(
                        new AssignAgain(
                                OPTIONS, manifest, Map.of(0, 100L), TestingStore.in(folder)));
        stage.setup(AssignedItem.TYPE.createSerializer(new SerializerConfigImpl()));
        return stage;
    }

    private void receive(IncomingRecord... records) throws Exception {
        for (IncomingRecord record : records) {
            decode.processElement(record, 0);
            List<DecodedItem> decoded = decode.extractOutputValues();
            assign.processElement(decoded.get(decoded.size() - 1), 0);
        }
    }

    /** Such as {@code a@1 v2[3, 2]}. */
    private List<String> emitted() {
        return assign.extractOutputValues().stream()
                .map(
                        item ->
                                "%s@%d %s%s"
                                        .formatted(
                                                item.itemId(),
                                                item.place().offset(),
                                                item.assignments().get(0).codebookVersion(),
                                                Arrays.toString(item.assignments().get(0).codes())))
                .toList();
    }
}
