package io.sidestream.operators.control;

import static io.sidestream.operators.TestingRecords.CODEBOOKS;
import static io.sidestream.operators.TestingRecords.TIMESTAMP;
import static io.sidestream.operators.TestingRecords.forgotten;
import static io.sidestream.operators.TestingRecords.manifest;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
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
        decode =
                new OneInputStreamOperatorTestHarness<>(
                        new ProcessOperator<>(new DecodeManifest()));
        decode.setup(CodebookChange.TYPE.createSerializer(new SerializerConfigImpl()));
        decode.open();
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
                Arguments.of("v2".getBytes(UTF_8), VALUE, "'v1' stands under the key 'v2'"),
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
