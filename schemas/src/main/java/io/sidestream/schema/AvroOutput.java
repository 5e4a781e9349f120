package io.sidestream.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Avro's binary encoding of the few types that hand-written formats need, into a growing array. */
final class AvroOutput {

    private static final int LONGEST_LONG = 10;

    private byte[] bytes = {};
    private int length;

    /** Starts over with these bytes. */
    void startWith(byte[] header) {
        length = 0;
        put(header);
    }

    /** Zigzag, then seven bits a byte, lowest first. Also int, enum, union branch, block count. */
    void putLong(long value) {
        reserve(LONGEST_LONG);
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /** A union of null and long. */
    void putOptionalLong(Long value) {
        putLong(value == null ? 0 : 1);
        if (value != null) {
            putLong(value);
        }
    }

    void putString(String value) {
        byte[] utf8 = value.getBytes(UTF_8);
        putLong(utf8.length);
        put(utf8);
    }

    /** Avro bytes that hold float32 values, little-endian. */
    void putPacked(float[] values) {
        int size = Math.multiplyExact(values.length, Float.BYTES);
        putLong(size);
        reserve(size);
        ByteBuffer.wrap(bytes, length, size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(values);
        length += size;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void put(byte[] value) {
        reserve(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
        }
    }
}
