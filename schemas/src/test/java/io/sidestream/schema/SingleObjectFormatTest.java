package io.sidestream.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every generated record against Avro's own message encoder and decoder. */
class SingleObjectFormatTest {

    static List<Class<? extends SpecificRecordBase>> records() {
        return List.of(
                CodebookManifest.class,
                DeadLetter.class,
                HourglassAlert.class,
                HourglassReport.class,
                ItemAssignment.class,
                ItemEmbedding.class,
                RemapPlan.class,
                RemapPlanStatus.class,
                SidUpdate.class);
    }

    @ParameterizedTest
    @MethodSource("records")
    <T extends SpecificRecordBase> void readsWhatAvroWritesAndWritesWhatAvroReads(Class<T> type)
            throws Exception {
        Schema schema = SpecificData.get().getSchema(type);
        SingleObjectFormat<T> format = SingleObjectFormat.of(type);
        for (Object random : new RandomData(schema, 50, 3L)) {
            GenericRecord record = (GenericRecord) random;

            T read = format.decode(avro(record));
            byte[] written = format.encode(read);

            assertThat(
                            new BinaryMessageDecoder<GenericRecord>(GenericData.get(), schema)
                                    .decode(written))
                    .isEqualTo(record);
            assertThat(written).startsWith(Arrays.copyOf(avro(record), SingleObjectFormat.HEADER));
            assertThat(format.recognizes(written)).isTrue();
        }
    }

    @Test
    void tellsTheRecordsOfOneTopicApart() {
        SingleObjectFormat<RemapPlanStatus> statuses = SingleObjectFormat.of(RemapPlanStatus.class);
        Set<ByteBuffer> headers = new HashSet<>();
        for (Class<? extends SpecificRecordBase> type : records()) {
            byte[] header = SingleObjectFormat.header(SpecificData.get().getSchema(type));
            headers.add(ByteBuffer.wrap(header));
            assertThat(statuses.recognizes(header)).isEqualTo(type == RemapPlanStatus.class);
        }
        assertThat(headers).hasSize(records().size());
        assertThat(statuses.recognizes(new byte[0])).isFalse();
    }

    @ParameterizedTest
    @MethodSource("records")
    <T extends SpecificRecordBase> void refusesEveryPrefixAndWhatIsLeftOver(Class<T> type)
            throws Exception {
        SingleObjectFormat<T> format = SingleObjectFormat.of(type);
        byte[] bytes = avro(random(type, 5));

        for (int length = 0; length < bytes.length; length++) {
            byte[] prefix = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> format.decode(prefix))
                    .as("the first %d bytes of %d", length, bytes.length)
                    .isInstanceOf(MalformedRecordException.class)
                    .hasMessageContaining(type.getSimpleName());
        }
        assertThatThrownBy(() -> format.decode(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessageContaining("left over");
    }

    @ParameterizedTest
    @MethodSource("records")
    <T extends SpecificRecordBase> void answersDamageWithARefusalOrAnotherRecordAndLittleMemory(
            Class<T> type) throws Throwable {
        SingleObjectFormat<T> format = SingleObjectFormat.of(type);
        byte[] bytes = avro(random(type, 11));
        Random random = new Random(13);
        for (int round = 0; round < 3_000; round++) {
            byte[] damaged = bytes.clone();
            for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
                int at = SingleObjectFormat.HEADER + random.nextInt(bytes.length - 10);
                damaged[at] = (byte) (random.nextBoolean() ? 0xFF : random.nextInt(256));
            }
            long allocated = AllocatedBytes.during(() -> decodeOrRefuse(format, damaged));
            assertThat(allocated).isLessThan(4 << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                -1L,
                1L << 20,
                100_000_000L,
                Integer.MAX_VALUE - 8L,
                Integer.MAX_VALUE,
                1L << 40,
                Long.MAX_VALUE,
                -100_000_000L,
                Long.MIN_VALUE
            })
    void allocatesLittleForALengthThatCannotBe(long length) throws Throwable {
        byte[] string = message(CodebookManifest.class, out -> out.writeLong(length));
        byte[] array =
                message(
                        CodebookManifest.class,
                        out -> {
                            out.writeString("v1");
                            out.writeString("file:///c");
                            out.writeString("00");
                            out.writeInt(8);
                            out.writeLong(length);
                            out.writeLong(0); // the block's size, if the count is negative
                        });
        byte[] map =
                message(
                        RemapPlan.class,
                        out -> {
                            out.writeString("v1");
                            out.writeLong(1);
                            out.writeInt(2);
                            out.writeEnum(0);
                            out.writeDouble(0.85);
                            out.writeLong(0); // no head tokens
                            out.writeLong(0);
                            out.writeLong(0);
                            out.writeLong(length);
                            out.writeLong(0);
                        });
        SingleObjectFormat<CodebookManifest> manifests =
                SingleObjectFormat.of(CodebookManifest.class);
        SingleObjectFormat<RemapPlan> plans = SingleObjectFormat.of(RemapPlan.class);

        assertThat(AllocatedBytes.during(() -> assertRefused(manifests, string)))
                .isLessThan(4 << 20);
        assertThat(AllocatedBytes.during(() -> assertRefused(manifests, array)))
                .isLessThan(4 << 20);
        assertThat(AllocatedBytes.during(() -> assertRefused(plans, map))).isLessThan(4 << 20);
    }

    @Test
    void goesOnAfterARefusal() throws Exception {
        SingleObjectFormat<CodebookManifest> format = SingleObjectFormat.of(CodebookManifest.class);
        byte[] good = avro(random(CodebookManifest.class, 5));
        CodebookManifest before = format.decode(good);

        assertRefused(format, Arrays.copyOf(good, good.length - 1));

        assertThat(format.decode(good)).isEqualTo(before);
    }

    private static void assertRefused(SingleObjectFormat<?> format, byte[] bytes) {
        assertThatThrownBy(() -> format.decode(bytes)).isInstanceOf(MalformedRecordException.class);
    }

    private static void decodeOrRefuse(SingleObjectFormat<?> format, byte[] bytes) {
        try {
            format.decode(bytes);
        } catch (MalformedRecordException e) {
            assertThat(e.causeCode()).isEqualTo(DeadLetterCause.UNDECODABLE);
        }
    }

    private static GenericRecord random(Class<?> type, long seed) {
        Schema schema = SpecificData.get().getSchema(type);
        return (GenericRecord) new RandomData(schema, 1, seed).iterator().next();
    }

    private static byte[] avro(GenericRecord record) throws IOException {
        ByteBuffer bytes =
                new BinaryMessageEncoder<GenericRecord>(GenericData.get(), record.getSchema())
                        .encode(record);
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private static byte[] message(Class<?> type, Body body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(SingleObjectFormat.header(SpecificData.get().getSchema(type)));
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        body.write(encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private interface Body {
        void write(BinaryEncoder out) throws IOException;
    }
}
