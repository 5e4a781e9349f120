package io.sidestream.operators;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The fields that {@link RecordFormat}s are made of. Numbers are unsigned LEB128: codes, lengths
 * and sequence numbers are small.
 */
public final class Fields {

    private Fields() {}

    public static void writeNumber(DataOutputView out, long value) throws IOException {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.writeByte((int) (rest | 0x80));
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    public static long readNumber(DataInputView in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.readByte();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IOException("A number of more than 10 bytes: the record is damaged");
    }

    public static void writeString(DataOutputView out, String value) throws IOException {
        writeBytes(out, value.getBytes(UTF_8));
    }

    public static String readString(DataInputView in) throws IOException {
        return new String(readBytes(in), UTF_8);
    }

    public static void writeBytes(DataOutputView out, byte[] value) throws IOException {
        writeNumber(out, value.length);
        out.write(value);
    }

    public static byte[] readBytes(DataInputView in) throws IOException {
        byte[] value = new byte[(int) readNumber(in)];
        in.readFully(value);
        return value;
    }

    /** A byte array or null. */
    public static void writeNullableBytes(DataOutputView out, byte[] value) throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            writeBytes(out, value);
        }
    }

    public static byte[] readNullableBytes(DataInputView in) throws IOException {
        return in.readBoolean() ? readBytes(in) : null;
    }

    /** A number of any size, or null. */
    public static void writeNullableLong(DataOutputView out, Long value) throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            out.writeLong(value);
        }
    }

    public static Long readNullableLong(DataInputView in) throws IOException {
        return in.readBoolean() ? in.readLong() : null;
    }

    /** Integers of any size, four bytes each. */
    public static void writeInts(DataOutputView out, int[] values) throws IOException {
        writeNumber(out, values.length);
        for (int value : values) {
            out.writeInt(value);
        }
    }

    public static int[] readInts(DataInputView in) throws IOException {
        int[] values = new int[(int) readNumber(in)];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readInt();
        }
        return values;
    }

    /** A number that may be negative: zigzag, as small numbers of both signs are common. */
    public static void writeSigned(DataOutputView out, long value) throws IOException {
        writeNumber(out, (value << 1) ^ (value >> 63));
    }

    public static long readSigned(DataInputView in) throws IOException {
        long value = readNumber(in);
        return (value >>> 1) ^ -(value & 1);
    }

    /** Integers from -1 up: codes, or a path with dropped layers. */
    public static void writeTokens(DataOutputView out, int[] tokens) throws IOException {
        writeNumber(out, tokens.length);
        for (int token : tokens) {
            writeNumber(out, token + 1L);
        }
    }

    public static int[] readTokens(DataInputView in) throws IOException {
        int[] tokens = new int[(int) readNumber(in)];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = (int) readNumber(in) - 1;
        }
        return tokens;
    }
}
