package io.sidestream.schema;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.avro.util.ClassSecurityValidator;

/**
 * Avro single-object encoding: the bytes {@code C3 01}, the 8-byte little-endian CRC-64-AVRO
 * fingerprint of the writer's schema, then the record in Avro binary (Avro specification,
 * "Single-object encoding"). A reader needs no server to know what it reads.
 *
 * @param <T> a generated record
 */
public final class SingleObjectFormat<T extends SpecificRecordBase> implements WireFormat<T> {

    static final int HEADER = 10;
    private static final byte MARKER_0 = (byte) 0xC3;
    private static final byte MARKER_1 = 0x01;

    static {
        trustGeneratedRecords();
    }

    /** Fingerprints take longer to compute than many a record to write. */
    private static final ClassValue<byte[]> HEADERS =
            new ClassValue<>() {
                @Override
                protected byte[] computeValue(Class<?> type) {
                    return header(SpecificData.get().getSchema(type));
                }
            };

    private final String name;
    private final byte[] header;
    private final DatumWriter<T> writer;
    private final DatumReader<T> reader;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    private BinaryEncoder encoder;
    private BinaryDecoder decoder;

    private SingleObjectFormat(Class<T> type) {
        Schema schema = SpecificData.get().getSchema(type);
        SpecificData model = SpecificData.getForClass(type);
        this.name = schema.getName();
        this.header = HEADERS.get(type);
        this.writer = new SpecificDatumWriter<>(schema, model);
        this.reader = new SpecificDatumReader<>(schema, schema, model);
    }

    /** The format of a generated record class. */
    public static <T extends SpecificRecordBase> SingleObjectFormat<T> of(Class<T> type) {
        return new SingleObjectFormat<>(type);
    }

    /** Whether the bytes say that they hold this record; for topics that carry several kinds. */
    public boolean recognizes(byte[] bytes) {
        return startsWith(bytes, header);
    }

    @Override
    public byte[] encode(T message) {
        out.reset();
        out.writeBytes(header);
        encoder = EncoderFactory.get().directBinaryEncoder(out, encoder);
        try {
            writer.write(message, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a byte array does not fail
        }
        return out.toByteArray();
    }

    @Override
    public T decode(byte[] bytes) throws MalformedRecordException {
        requireHeader(bytes, header, name);
        decoder = DecoderFactory.get().binaryDecoder(bytes, HEADER, bytes.length - HEADER, decoder);
        try {
            T message = reader.read(null, decoder);
            if (!decoder.isEnd()) {
                throw new MalformedRecordException(
                        DeadLetterCause.UNDECODABLE,
                        "%s: bytes are left over behind the record".formatted(name));
            }
            return message;
        } catch (IOException | RuntimeException e) { // Avro has a dozen ways to trip over damage
            throw new MalformedRecordException(
                    DeadLetterCause.UNDECODABLE,
                    "%s: the Avro record is cut short or damaged (%s)"
                            .formatted(name, Quote.excerpt(e)),
                    e);
        }
    }

    /** The ten bytes that stand before every record of a schema. */
    static byte[] header(Schema schema) {
        return ByteBuffer.allocate(HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MARKER_0)
                .put(MARKER_1)
                .putLong(SchemaNormalization.parsingFingerprint64(schema))
                .array();
    }

    static void requireHeader(byte[] bytes, byte[] header, String name)
            throws MalformedRecordException {
        if (startsWith(bytes, header)) {
            return;
        }
        String found =
                bytes.length < HEADER
                        ? "only %d bytes".formatted(bytes.length)
                        : HexFormat.of().formatHex(bytes, 0, HEADER);
        throw new MalformedRecordException(
                DeadLetterCause.UNDECODABLE,
                "%s: expected Avro single-object encoding, beginning with %s; found %s"
                        .formatted(name, HexFormat.of().formatHex(header), found));
    }

    private static boolean startsWith(byte[] bytes, byte[] header) {
        return bytes.length >= HEADER && Arrays.equals(bytes, 0, HEADER, header, 0, HEADER);
    }

    /** Avro instantiates only classes that the process trusts; the generated ones are ours. */
    private static void trustGeneratedRecords() {
        ClassSecurityValidator.ClassSecurityPredicate before = ClassSecurityValidator.getGlobal();
        String own = SingleObjectFormat.class.getPackageName() + ".";
        ClassSecurityValidator.setGlobal(
                ClassSecurityValidator.composite(before, type -> type.getName().startsWith(own)));
    }
}
