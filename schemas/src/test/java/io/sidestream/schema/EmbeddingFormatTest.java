package io.sidestream.schema;

import static io.sidestream.schema.DeadLetterCause.INVALID_ITEM_ID;
import static io.sidestream.schema.DeadLetterCause.UNDECODABLE;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The hand-written format against Avro's own generic writers and readers. */
class EmbeddingFormatTest {

    private static final Schema SCHEMA = ItemEmbedding.getClassSchema();
    private static final float[] AWKWARD = {
        0f, -0f, 1.5f, -2.25f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN, Float.NEGATIVE_INFINITY
    };

    private final EmbeddingFormat format = new EmbeddingFormat();

    static List<EmbeddingMessage> messages() {
        return List.of(
                new EmbeddingMessage("item-1", AWKWARD),
                new EmbeddingMessage("item-1", AWKWARD, 7L, null),
                new EmbeddingMessage("item-1", AWKWARD, null, 1_700_000_000_000L),
                new EmbeddingMessage("item-1", AWKWARD, Long.MIN_VALUE, Long.MAX_VALUE),
                new EmbeddingMessage("snö-漢字-🍣-\uFFFD", new float[] {3f}, 0L, -1L),
                new EmbeddingMessage("", new float[0]),
                new EmbeddingMessage("x".repeat(300), new float[768], 1L << 40, 0L));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsBytesThatAvroWrote(EmbeddingMessage message) throws Exception {
        byte[] bytes = avro(message, packed(message.embedding()));

        assertSame(format.decode(bytes), message);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsAnArrayThatAvroWrote(EmbeddingMessage message) throws Exception {
        byte[] bytes = avro(message, boxed(message.embedding()));

        assertSame(format.decode(bytes), message);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsAnArrayInBlocksWithSizes(EmbeddingMessage message) throws Exception {
        ByteArrayOutputStream out = header();
        BinaryEncoder blocks =
                new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(SCHEMA)
                .write(generic(message, boxed(message.embedding())), blocks);
        blocks.flush();

        assertSame(format.decode(out.toByteArray()), message);
    }

    @Test
    void readsAnArrayInSeveralBlocks() throws Exception {
        byte[] bytes =
                message(
                        out -> {
                            out.writeString("a");
                            out.writeIndex(1);
                            writeBlock(out, 1f);
                            writeBlock(out, 2f, 3f, 4f);
                            out.writeLong(-2); // this one says its size in bytes
                            out.writeLong(8);
                            out.writeFloat(5f);
                            out.writeFloat(6f);
                            out.writeLong(0);
                            out.writeIndex(0);
                            out.writeIndex(0);
                        });

        assertThat(format.decode(bytes).embedding()).containsExactly(1f, 2f, 3f, 4f, 5f, 6f);
    }

    /** The bytes that a Python producer puts together with {@code struct.pack}. */
    @Test
    void readsAnArrayThatWasWrittenByHand() throws Exception {
        ByteArrayOutputStream out = header();
        out.writeBytes(new byte[] {2 * 2, 'i', '1'}); // zigzag length, UTF-8
        out.write(2); // branch 1: array<float>
        out.write(4); // a block of 2
        out.writeBytes(new byte[] {0, 0, (byte) 0x80, 0x3F}); // 1.0f, little-endian
        out.writeBytes(new byte[] {0, 0, 0, (byte) 0xC0}); // -2.0f
        out.write(0); // no more blocks
        out.writeBytes(new byte[] {2, 84}); // revision 42
        out.write(0); // no event time

        assertSame(
                format.decode(out.toByteArray()),
                new EmbeddingMessage("i1", new float[] {1f, -2f}, 42L, null));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void writesWhatAvroWrites(EmbeddingMessage message) throws Exception {
        assertThat(format.encode(message)).isEqualTo(avro(message, packed(message.embedding())));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void writesWhatAvroReads(EmbeddingMessage message) throws Exception {
        GenericRecord read =
                new BinaryMessageDecoder<GenericRecord>(GenericData.get(), SCHEMA)
                        .decode(format.encode(message));

        assertThat(read).isEqualTo(generic(message, packed(message.embedding())));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesEveryPrefixOfAMessage(boolean packed) throws Exception {
        EmbeddingMessage message = new EmbeddingMessage("item-🍣", AWKWARD, 1L << 40, 12345L);
        byte[] bytes = avro(message, packed ? packed(AWKWARD) : boxed(AWKWARD));

        for (int length = 0; length < bytes.length; length++) {
            byte[] prefix = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> format.decode(prefix))
                    .as("the first %d bytes of %d", length, bytes.length)
                    .isInstanceOf(MalformedRecordException.class)
                    .hasMessageContaining("ItemEmbedding");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void answersDamageWithARefusalOrAnotherMessageAndLittleMemory(boolean packed) throws Throwable {
        EmbeddingMessage message = new EmbeddingMessage("item-🍣", AWKWARD, 1L << 40, 12345L);
        byte[] bytes = avro(message, packed ? packed(AWKWARD) : boxed(AWKWARD));
        Random random = new Random(7);
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = bytes.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                int at = SingleObjectFormat.HEADER + random.nextInt(bytes.length - 10);
                damaged[at] = (byte) random.nextInt(256);
            }
            long allocated = AllocatedBytes.during(() -> decodeOrRefuse(damaged));
            assertThat(allocated).isLessThan(1 << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(
            longs = {1L << 20, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void allocatesNothingForALengthThatCannotBe(long length) throws Throwable {
        byte[] id = message(out -> out.writeLong(length));
        byte[] packed =
                message(
                        out -> {
                            out.writeString("a");
                            out.writeIndex(0);
                            out.writeLong(length);
                        });
        byte[] block =
                message(
                        out -> {
                            out.writeString("a");
                            out.writeIndex(1);
                            out.writeLong(length);
                            out.writeLong(4); // the block's size, if the count is negative
                        });
        for (byte[] bytes : List.of(id, packed, block)) {
            long allocated =
                    AllocatedBytes.during(
                            () -> assertThat(refusal(bytes).causeCode()).isEqualTo(UNDECODABLE));
            assertThat(allocated).isLessThan(1 << 20);
        }
    }

    @Test
    void readsAFloatABlockInMemoryProportionalToTheMessage() throws Throwable {
        int blocks = 50_000;
        byte[] bytes =
                message(
                        out -> {
                            out.writeString("a");
                            out.writeIndex(1);
                            for (int i = 0; i < blocks; i++) {
                                writeBlock(out, i);
                            }
                            out.writeLong(0);
                            out.writeIndex(0);
                            out.writeIndex(0);
                        });
        List<EmbeddingMessage> decoded = new ArrayList<>();

        long allocated = AllocatedBytes.during(() -> decoded.add(format.decode(bytes)));

        assertThat(decoded.get(0).embedding()).hasSize(blocks).endsWith(blocks - 1f);
        assertThat(allocated).isLessThan(100L * bytes.length);
    }

    @Test
    void refusesBytesBehindTheRecord() throws Exception {
        byte[] bytes = format.encode(new EmbeddingMessage("a", new float[] {1f}));

        assertRefused(Arrays.copyOf(bytes, bytes.length + 3), UNDECODABLE, "3 bytes are left over");
    }

    @Test
    void refusesAnEmbeddingThatIsNoWholeNumberOfFloats() throws Exception {
        byte[] bytes = avro(new EmbeddingMessage("a", new float[0]), ByteBuffer.wrap(new byte[7]));

        assertRefused(bytes, WRONG_LENGTH, "7 bytes");
    }

    @Test
    void refusesAnItemIdThatIsNotUtf8() throws Exception {
        byte[] bytes =
                message(
                        out -> {
                            out.writeBytes(new byte[] {'a', (byte) 0xFF});
                            out.writeIndex(0);
                            out.writeBytes(new byte[4]);
                            out.writeIndex(0);
                            out.writeIndex(0);
                        });

        assertRefused(bytes, INVALID_ITEM_ID, "not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 2, 3})
    void refusesAUnionBranchThatDoesNotExist(int branch) throws Exception {
        byte[] embedding =
                message(
                        out -> {
                            out.writeString("a");
                            out.writeIndex(branch);
                        });
        byte[] revision =
                message(
                        out -> {
                            out.writeString("a");
                            out.writeIndex(0);
                            out.writeBytes(new byte[4]);
                            out.writeIndex(branch);
                        });

        assertRefused(embedding, UNDECODABLE, "embedding: union branch " + branch);
        assertRefused(revision, UNDECODABLE, "revision: union branch " + branch);
    }

    @Test
    void refusesAnotherEncodingAndSaysWhatItFound() {
        assertRefused(
                "{\"item_id\": \"a\"}".getBytes(UTF_8),
                UNDECODABLE,
                "expected Avro single-object encoding");
        assertRefused(new byte[0], UNDECODABLE, "only 0 bytes");
    }

    private void decodeOrRefuse(byte[] bytes) {
        try {
            format.decode(bytes);
        } catch (MalformedRecordException e) {
            assertThat(e.causeCode()).isIn(UNDECODABLE, INVALID_ITEM_ID, WRONG_LENGTH);
        }
    }

    private void assertRefused(byte[] bytes, DeadLetterCause cause, String message) {
        MalformedRecordException refusal = refusal(bytes);
        assertThat(refusal.causeCode()).isEqualTo(cause);
        assertThat(refusal).hasMessageContaining(message);
    }

    private MalformedRecordException refusal(byte[] bytes) {
        return catchThrowableOfType(MalformedRecordException.class, () -> format.decode(bytes));
    }

    private static void assertSame(EmbeddingMessage actual, EmbeddingMessage expected) {
        assertThat(actual.itemId()).isEqualTo(expected.itemId());
        assertThat(actual.embedding()).containsExactly(expected.embedding());
        assertThat(actual.revision()).isEqualTo(expected.revision());
        assertThat(actual.eventTime()).isEqualTo(expected.eventTime());
    }

    private static byte[] avro(EmbeddingMessage message, Object embedding) throws IOException {
        ByteBuffer bytes =
                new BinaryMessageEncoder<GenericRecord>(GenericData.get(), SCHEMA)
                        .encode(generic(message, embedding));
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private static GenericRecord generic(EmbeddingMessage message, Object embedding) {
        GenericRecord record = new GenericData.Record(SCHEMA);
        record.put("item_id", message.itemId());
        record.put("embedding", embedding);
        record.put("revision", message.revision());
        record.put("event_time", message.eventTime());
        return record;
    }

    private static ByteBuffer packed(float[] embedding) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * embedding.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float component : embedding) {
            bytes.putFloat(component);
        }
        return bytes.flip();
    }

    private static List<Float> boxed(float[] embedding) {
        List<Float> list = new ArrayList<>();
        for (float component : embedding) {
            list.add(component);
        }
        return list;
    }

    private static void writeBlock(Encoder out, float... components) throws IOException {
        out.writeLong(components.length);
        for (float component : components) {
            out.writeFloat(component);
        }
    }

    private static byte[] message(Body body) throws IOException {
        ByteArrayOutputStream out = header();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        body.write(encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static ByteArrayOutputStream header() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(SingleObjectFormat.header(SCHEMA));
        return out;
    }

    private interface Body {
        void write(Encoder out) throws IOException;
    }
}
