package io.sidestream.operators.control;

import static io.sidestream.operators.TestingRecords.CODEBOOKS;
import static io.sidestream.operators.TestingRecords.TIMESTAMP;
import static io.sidestream.operators.TestingRecords.forgotten;
import static io.sidestream.operators.TestingRecords.manifest;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.CodebookAlias;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DecodeManifestTest {

    private static final CodebookManifest MANIFEST =
            CodebookManifest.newBuilder()
                    .setVersion("v1")
                    .setUri("file:///codebooks/v1")
                    .setSha256("0".repeat(64))
                    .setDimension(2)
                    .setLayerSizes(List.of(4, 4))
                    .setNormalize(false)
                    .setStatus(CodebookStatus.ACTIVE)
                    .setPublishedAt(Instant.EPOCH)
                    .build();
    private static final byte[] KEY = "v1".getBytes(UTF_8);
    private static final byte[] VALUE =
            SingleObjectFormat.of(CodebookManifest.class).encode(MANIFEST);

    private OneInputStreamOperatorTestHarness<IncomingRecord, CodebookChange> decode;

    @BeforeEach
    void open() throws Exception {
        decode = stage();
        decode.open();
    }

    private static OneInputStreamOperatorTestHarness<IncomingRecord, CodebookChange> stage()
            throws Exception {
        OneInputStreamOperatorTestHarness<IncomingRecord, CodebookChange> stage =
                new OneInputStreamOperatorTestHarness<>(
                        new ProcessOperator<>(new DecodeManifest()));
        stage.setup(CodebookChange.TYPE.createSerializer(new SerializerConfigImpl()));
        return stage;
    }

    @AfterEach
    void close() throws Exception {
        decode.close();
    }

    @ParameterizedTest
    @EnumSource
    void takesAVersionAsLiveUntilItRetires(CodebookStatus status) throws Exception {
        decode.processElement(
                manifest(4, CodebookManifest.newBuilder(MANIFEST).setStatus(status).build()), 0);

        CodebookChange change = decode.extractOutputValues().get(0);
        assertThat(change.version()).isEqualTo("v1");
        assertThat(change.manifest().getStatus()).isEqualTo(status);
        assertThat(change.isLive()).isEqualTo(status != CodebookStatus.RETIRED);
        assertThat(change.origin().offset()).isEqualTo(4);
    }

    @Test
    void takesANullValueAsTheEndOfAVersion() throws Exception {
        decode.processElement(forgotten(4, "v1"), 0);

        CodebookChange change = decode.extractOutputValues().get(0);
        assertThat(change.version()).isEqualTo("v1");
        assertThat(change.isLive()).isFalse();
    }

    static Stream<Arguments> badRecords() {
        byte[] embedding = new EmbeddingFormat().encode(new EmbeddingMessage("v1", new float[1]));
        return Stream.of(
                Arguments.of(null, VALUE, "no key"),
                Arguments.of(null, null, "no key"),
                bad(builder -> builder.setDimension(0), "dimension is 1 to 65536, not 0"),
                bad(builder -> builder.setDimension(65_537), "not 65537"),
                bad(builder -> builder.setLayerSizes(List.of()), "1 to 32 layers, not 0"),
                bad(builder -> builder.setLayerSizes(Collections.nCopies(33, 1)), "not 33"),
                bad(
                        builder -> builder.setLayerSizes(Collections.nCopies(3, 349_600)),
                        "1048800 codewords in all layers"),
                bad(
                        builder -> builder.setLayerSizes(List.of(Integer.MAX_VALUE)),
                        "2147483647 codewords"),
                bad(builder -> builder.setLayerSizes(List.of(4, -4)), "layer 2 has -4"),
                bad(builder -> builder.setSha256("../../etc"), "is no SHA-256"),
                bad(builder -> builder.setUri("x".repeat(9999)), "URI of 9999 characters"),
                Arguments.of("v2".getBytes(UTF_8), VALUE, "version \"v1\" has the key \"v2\""),
                Arguments.of("a/b".getBytes(UTF_8), null, "letters, digits"),
                Arguments.of(new byte[0], VALUE, "letters, digits"),
                Arguments.of(KEY, withLayers(), "layer"),
                Arguments.of(KEY, withLayers(4, 0), "layer"),
                Arguments.of(KEY, withLayers(-1, 4), "layer"),
                Arguments.of(KEY, new byte[0], "only 0 bytes"),
                Arguments.of(KEY, embedding, "CodebookManifest: expected Avro"),
                Arguments.of(KEY, Arrays.copyOf(VALUE, VALUE.length - 1), "cut short or damaged"),
                Arguments.of(KEY, Arrays.copyOf(VALUE, VALUE.length + 1), "left over"));
    }

    private static byte[] withLayers(Integer... sizes) {
        return SingleObjectFormat.of(CodebookManifest.class)
                .encode(
                        CodebookManifest.newBuilder(MANIFEST)
                                .setLayerSizes(List.of(sizes))
                                .build());
    }

    private static Arguments bad(UnaryOperator<CodebookManifest.Builder> with, String message) {
        CodebookManifest manifest = with.apply(CodebookManifest.newBuilder(MANIFEST)).build();
        byte[] value = SingleObjectFormat.of(CodebookManifest.class).encode(manifest);
        return Arguments.of("v1".getBytes(UTF_8), value, message);
    }

    @ParameterizedTest
    @MethodSource("badRecords")
    void putsABadRecordAsideAsItCameAndGoesOn(byte[] key, byte[] value, String message)
            throws Exception {
        decode.processElement(new IncomingRecord(CODEBOOKS, 0, 9, TIMESTAMP, key, value), 0);
        decode.processElement(manifest(10, MANIFEST), 0);

        assertThat(decode.extractOutputValues()).hasSize(1);
        assertThat(decode.getSideOutput(DeadLetters.TAG)).hasSize(1);
        DeadLetter letter = decode.getSideOutput(DeadLetters.TAG).element().getValue();
        assertThat(letter.getCause()).isEqualTo(DeadLetterCause.UNDECODABLE);
        assertThat(letter.getMessage()).contains(message);
        assertThat(letter.getOriginTopic()).isEqualTo(CODEBOOKS);
        assertThat(letter.getOriginOffset()).isEqualTo(9);
        assertThat(letter.getKey()).isEqualTo(key == null ? null : ByteBuffer.wrap(key));
        assertThat(letter.getValue()).isEqualTo(value == null ? null : ByteBuffer.wrap(value));
    }

    @Test
    void neverTakesBackAVersionThatHasRetired() throws Exception {
        decode.processElement(manifest(1, MANIFEST), 0);
        decode.processElement(manifest(2, in(CodebookStatus.RETIRED)), 0);
        decode.processElement(manifest(3, in(CodebookStatus.SHADOW)), 0);
        decode.processElement(forgotten(4, "v2"), 0);
        decode.processElement(
                manifest(5, CodebookManifest.newBuilder(MANIFEST).setVersion("v2").build()), 0);

        assertThat(offsets()).containsExactly(1L, 2L, 4L);
        assertThat(refusals())
                .hasSize(2)
                .allSatisfy(
                        letter ->
                                assertThat(letter.getMessage())
                                        .contains("has been retired", "under a new name"))
                .extracting(DeadLetter::getOriginOffset)
                .containsExactly(3L, 5L);
    }

    @Test
    void mayBeToldTwiceThatAVersionHasRetired() throws Exception {
        decode.processElement(manifest(1, in(CodebookStatus.RETIRED)), 0);
        decode.processElement(forgotten(2, "v1"), 0);
        decode.processElement(manifest(3, in(CodebookStatus.RETIRED)), 0);

        assertThat(offsets()).containsExactly(1L, 2L, 3L);
        assertThat(refusals()).isEmpty();
    }

    static Stream<CodebookManifest> otherContents() {
        return Stream.of(
                CodebookManifest.newBuilder(MANIFEST).setSha256("1".repeat(64)).build(),
                CodebookManifest.newBuilder(MANIFEST).setDimension(3).build(),
                CodebookManifest.newBuilder(MANIFEST).setNormalize(true).build(),
                CodebookManifest.newBuilder(MANIFEST).setLayerSizes(List.of(4, 5)).build());
    }

    @ParameterizedTest
    @MethodSource("otherContents")
    void refusesOtherContentsUnderAKnownName(CodebookManifest other) throws Exception {
        decode.processElement(manifest(1, MANIFEST), 0);
        decode.processElement(manifest(2, other), 0);
        decode.processElement(manifest(3, in(CodebookStatus.READY)), 0);

        assertThat(offsets()).containsExactly(1L, 3L);
        assertThat(refusals())
                .singleElement()
                .satisfies(
                        letter ->
                                assertThat(letter.getMessage())
                                        .contains("published already with other contents"));
    }

    @Test
    void takesEveryOtherStepOfALife() throws Exception {
        List<CodebookStatus> steps =
                List.of(
                        CodebookStatus.SHADOW,
                        CodebookStatus.READY,
                        CodebookStatus.ACTIVE,
                        CodebookStatus.READY,
                        CodebookStatus.ACTIVE,
                        CodebookStatus.SHADOW,
                        CodebookStatus.RETIRED);
        for (CodebookStatus status : steps) {
            decode.processElement(manifest(0, in(status)), 0);
        }
        decode.processElement(
                manifest(
                        9,
                        CodebookManifest.newBuilder(MANIFEST)
                                .setVersion("v2")
                                .setUri("file:///elsewhere")
                                .build()),
                0);

        assertThat(decode.extractOutputValues())
                .extracting(change -> change.manifest().getStatus())
                .startsWith(steps.toArray(CodebookStatus[]::new))
                .hasSize(8);
        assertThat(refusals()).isEmpty();
    }

    @Test
    void remembersWhatVersionsWereAfterARestore() throws Exception {
        decode.processElement(manifest(1, MANIFEST), 0);
        decode.processElement(forgotten(2, "v2"), 0);
        OperatorSubtaskState state = decode.snapshot(1, 1);
        decode.close();
        decode = stage();
        decode.initializeState(state);
        decode.open();
        decode.processElement(
                manifest(3, CodebookManifest.newBuilder(MANIFEST).setDimension(3).build()), 0);
        decode.processElement(
                manifest(4, CodebookManifest.newBuilder(MANIFEST).setVersion("v2").build()), 0);
        decode.processElement(manifest(5, in(CodebookStatus.READY)), 0);

        assertThat(offsets()).containsExactly(5L);
        assertThat(refusals()).extracting(DeadLetter::getOriginOffset).containsExactly(3L, 4L);
    }

    @Test
    void remembersNothingOfARecordThatItRefuses() throws Exception {
        decode.processElement(
                new IncomingRecord(CODEBOOKS, 0, 1, TIMESTAMP, KEY, withLayers(4, 0)), 0);
        decode.processElement(manifest(2, MANIFEST), 0);

        assertThat(offsets()).containsExactly(2L);
    }

    @Test
    void passesAliasesOver() throws Exception {
        byte[] alias =
                SingleObjectFormat.of(CodebookAlias.class)
                        .encode(
                                CodebookAlias.newBuilder()
                                        .setAlias(ControlKeys.ACTIVE)
                                        .setCodebookVersion("v1")
                                        .setTopic("sid-updates.v1")
                                        .setSince(Instant.EPOCH)
                                        .build());
        byte[] key = ControlKeys.alias(ControlKeys.ACTIVE).getBytes(UTF_8);
        decode.processElement(new IncomingRecord(CODEBOOKS, 0, 1, TIMESTAMP, key, alias), 0);
        decode.processElement(new IncomingRecord(CODEBOOKS, 0, 2, TIMESTAMP, key, null), 0);

        assertThat(decode.extractOutputValues()).isEmpty();
        assertThat(refusals()).isEmpty();
    }

    private static CodebookManifest in(CodebookStatus status) {
        return CodebookManifest.newBuilder(MANIFEST).setStatus(status).build();
    }

    /** Where the changes that were taken come from. */
    private List<Long> offsets() {
        return decode.extractOutputValues().stream()
                .map(change -> change.origin().offset())
                .toList();
    }

    private List<DeadLetter> refusals() {
        var letters = decode.getSideOutput(DeadLetters.TAG);
        return letters == null
                ? List.of()
                : letters.stream().map(letter -> letter.getValue()).toList();
    }

    @Test
    void travelsBetweenStagesAndIntoStateUnchanged() throws IOException {
        TypeSerializer<CodebookChange> serializer =
                CodebookChange.TYPE.createSerializer(new SerializerConfigImpl());
        CodebookChange published = new CodebookChange(manifest(1, MANIFEST), "v1", MANIFEST);
        CodebookChange gone = new CodebookChange(forgotten(2, "v1"), "v1", null);
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(published, out);
        serializer.serialize(gone, out);

        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        assertThat(serializer.deserialize(in).manifest()).isEqualTo(MANIFEST);
        assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(gone);
        assertThat(in.available()).isZero();
    }
}
