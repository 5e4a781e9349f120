package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.ItemEmbedding;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.SchemaNormalization;

/** Puts an {@code ItemEmbedding} together byte by byte, rightly or wrongly. */
final class AvroBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Begins as it should: with the marker and the schema's fingerprint. */
    static AvroBytes begin() {
        return begin(SchemaNormalization.parsingFingerprint64(ItemEmbedding.getClassSchema()));
    }

    static AvroBytes begin(long fingerprint) {
        AvroBytes bytes = new AvroBytes();
        bytes.out.write(0xC3);
        bytes.out.write(0x01);
        return bytes.raw(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(fingerprint)
                        .array());
    }

    /** A number in Avro's zigzag variable-length encoding. */
    AvroBytes number(long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    AvroBytes raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    AvroBytes id(String id) {
        return number(id.getBytes(UTF_8).length).raw(id.getBytes(UTF_8));
    }

    /** The union's branch {@code bytes}. */
    AvroBytes packed(float... embedding) {
        return number(0).number((long) embedding.length * Float.BYTES).floats(embedding);
    }

    /** The union's branch {@code array<float>}, in one block. */
    AvroBytes array(float... embedding) {
        number(1);
        if (embedding.length > 0) {
            number(embedding.length).floats(embedding);
        }
        return number(0);
    }

    AvroBytes floats(float... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return raw(bytes.array());
    }

    /** Neither revision nor event time. */
    byte[] end() {
        return number(0).number(0).toByteArray();
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
