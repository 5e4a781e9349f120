package io.sidestream.operators.decode;

import static io.sidestream.operators.TestingRecords.TIMESTAMP;
import static io.sidestream.operators.TestingRecords.deletion;
import static io.sidestream.operators.TestingRecords.embedding;
import static io.sidestream.operators.TestingRecords.record;
import static io.sidestream.schema.DeadLetterCause.INVALID_ITEM_ID;
import static io.sidestream.schema.DeadLetterCause.NOT_FINITE;
import static io.sidestream.schema.DeadLetterCause.UNDECODABLE;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DecodeTest {

    private static final byte[] KEY = "item".getBytes(UTF_8);
    private static final byte[] GOOD = value("item", 1f, 2f);

    private OneInputStreamOperatorTestHarness<IncomingRecord, DecodedItem> decode;

    @BeforeEach
    void open() throws Exception {
        decode =
                new OneInputStreamOperatorTestHarness<>(
                        new ProcessOperator<>(new Decode(new DecodeOptions(16))));
        decode.setup(DecodedItem.TYPE.createSerializer(new SerializerConfigImpl()));
        decode.open();
    }

    @AfterEach
    void close() throws Exception {
        decode.close();
    }

    @Test
    void takesAnEmbeddingWithTheOrderAndTimeOfItsRecord() throws Exception {
        decode.processElement(embedding(7, "item", 1f, -2.5f), 0);

        DecodedItem item = decode.extractOutputValues().get(0);
        assertThat(item.itemId()).isEqualTo("item");
        assertThat(item.message().embedding()).containsExactly(1f, -2.5f);
        assertThat(item.isDeletion()).isFalse();
        assertThat(item.explicitRevision()).isNull();
        assertThat(item.origin().offset()).isEqualTo(7);
        assertThat(item.eventTime()).isEqualTo(TIMESTAMP);
        assertThat(deadLetters()).isNull();
    }

    @Test
    void takesTheProducersRevisionAndTimeBeforeKafkas() throws Exception {
        decode.processElement(
                embedding(7, new EmbeddingMessage("item", new float[] {1f}, 42L, 5L)), 0);

        DecodedItem item = decode.extractOutputValues().get(0);
        assertThat(item.explicitRevision()).isEqualTo(42);
        assertThat(item.eventTime()).isEqualTo(5);
    }

    @Test
    void takesANullValueAsADeletion() throws Exception {
        decode.processElement(deletion(8, "ítem"), 0);

        DecodedItem item = decode.extractOutputValues().get(0);
        assertThat(item.itemId()).isEqualTo("ítem");
        assertThat(item.isDeletion()).isTrue();
        assertThat(item.explicitRevision()).isNull();
        assertThat(item.origin().offset()).isEqualTo(8);
        assertThat(item.eventTime()).isEqualTo(TIMESTAMP);
    }

    @Test
    void takesAnIdOfExactlyTheLongestLength() throws Exception {
        decode.processElement(embedding(1, "é".repeat(8), 1f), 0);
        decode.processElement(embedding(2, "é".repeat(8) + "x", 1f), 0);

        assertThat(decode.extractOutputValues()).hasSize(1);
        assertThat(deadLetters()).hasSize(1);
    }

    static Stream<Arguments> badRecords() {
        byte[] longKey = "seventeen bytes!!".getBytes(UTF_8);
        byte[] notUtf8 = {'i', (byte) 0xC3, 'x'};
        byte[] oddLength = avroWithPayloadOf(7);
        return Stream.of(
                Arguments.of(null, GOOD, INVALID_ITEM_ID, "no key"),
                Arguments.of(null, null, INVALID_ITEM_ID, "no key"),
                Arguments.of(new byte[0], value("", 1f), INVALID_ITEM_ID, "an empty key"),
                Arguments.of(new byte[0], null, INVALID_ITEM_ID, "an empty key"),
                Arguments.of(
                        longKey,
                        value("seventeen bytes!!", 1f),
                        INVALID_ITEM_ID,
                        "17 bytes, more than the 16 that sidestream.items.max-id-length allows"),
                Arguments.of(longKey, null, INVALID_ITEM_ID, "17 bytes"),
                Arguments.of(notUtf8, GOOD, INVALID_ITEM_ID, "not UTF-8"),
                Arguments.of(notUtf8, null, INVALID_ITEM_ID, "not UTF-8"),
                Arguments.of(KEY, value("", 1f), INVALID_ITEM_ID, "item_id is empty"),
                Arguments.of(
                        KEY, value("other", 1f), INVALID_ITEM_ID, "\"other\" is not the record"),
                Arguments.of(
                        KEY,
                        value("x".repeat(9999), 1f),
                        INVALID_ITEM_ID,
                        "... (9999 characters) is not the record"),
                Arguments.of(KEY, new byte[0], UNDECODABLE, "only 0 bytes"),
                Arguments.of(KEY, "{}".getBytes(UTF_8), UNDECODABLE, "single-object encoding"),
                Arguments.of(KEY, Arrays.copyOf(GOOD, GOOD.length - 1), UNDECODABLE, "ends within"),
                Arguments.of(KEY, Arrays.copyOf(GOOD, GOOD.length + 1), UNDECODABLE, "left over"),
                Arguments.of(KEY, value("item"), WRONG_LENGTH, "empty"),
                Arguments.of(KEY, oddLength, WRONG_LENGTH, "7 bytes, not a multiple of 4"),
                Arguments.of(KEY, value("item", 1f, Float.NaN), NOT_FINITE, "Component 1 of 2"),
                Arguments.of(KEY, value("item", Float.NEGATIVE_INFINITY), NOT_FINITE, "-Infinity"));
    }

    @ParameterizedTest
    @MethodSource("badRecords")
    void putsABadRecordAsideAsItCameAndGoesOn(
            byte[] key, byte[] value, DeadLetterCause cause, String message) throws Exception {
        decode.processElement(embedding(10, "before", 1f), 0);
        decode.processElement(record(11, key, value), 0);
        decode.processElement(embedding(12, "after", 1f), 0);

        assertThat(decode.extractOutputValues())
                .extracting(DecodedItem::itemId)
                .containsExactly("before", "after");
        assertThat(deadLetters()).hasSize(1);
        DeadLetter letter = deadLetters().element().getValue();
        assertThat(letter.getCause()).isEqualTo(cause);
        assertThat(letter.getMessage()).contains(message).hasSizeLessThan(300);
        assertThat(letter.getOriginTopic()).isEqualTo("item-embeddings");
        assertThat(letter.getOriginPartition()).isEqualTo(3);
        assertThat(letter.getOriginOffset()).isEqualTo(11);
        assertThat(letter.getOriginTimestamp()).isEqualTo(Instant.ofEpochMilli(TIMESTAMP));
        assertThat(letter.getKey()).isEqualTo(key == null ? null : ByteBuffer.wrap(key));
        assertThat(letter.getValue()).isEqualTo(value == null ? null : ByteBuffer.wrap(value));
    }

    @Test
    void travelsBetweenStagesUnchanged() throws IOException {
        TypeSerializer<DecodedItem> serializer =
                DecodedItem.TYPE.createSerializer(new SerializerConfigImpl());
        EmbeddingMessage message = new EmbeddingMessage("item", new float[] {1f, -0f}, -3L, 9L);
        List<DecodedItem> items =
                List.of(
                        DecodedItem.embedding(embedding(1, message), message),
                        DecodedItem.deletion(deletion(2, "item")));
        DataOutputSerializer out = new DataOutputSerializer(64);
        for (DecodedItem item : items) {
            serializer.serialize(item, out);
        }
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        for (DecodedItem item : items) {
            assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(item);
        }
        assertThat(in.available()).isZero();
    }

    private Queue<StreamRecord<DeadLetter>> deadLetters() {
        return decode.getSideOutput(DeadLetters.TAG);
    }

    private static byte[] value(String itemId, float... embedding) {
        return new EmbeddingFormat().encode(new EmbeddingMessage(itemId, embedding));
    }

    /** An embedding of that many bytes, not necessarily a whole number of floats. */
    private static byte[] avroWithPayloadOf(int bytes) {
        byte[] empty = value("item");
        byte[] longer = Arrays.copyOf(empty, empty.length + bytes);
        int length = 10 + 1 + KEY.length + 1; // behind the header, the id and the union's branch
        longer[length] = (byte) (2 * bytes);
        Arrays.fill(longer, length + 1, longer.length, (byte) 0);
        return longer;
    }
}
