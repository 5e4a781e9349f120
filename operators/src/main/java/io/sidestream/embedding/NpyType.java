package io.sidestream.embedding;

import static io.sidestream.schema.Quote.quote;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Type of an array's elements, as NumPy's {@code descr} names it: {@code <f4} is a little-endian
 * float32, {@code <U12} a text of up to 12 characters of 4 bytes each.
 *
 * @param descr the name in the file
 * @param kind {@code f} float, {@code i} and {@code u} integer, {@code U} text, {@code S} bytes
 * @param size bytes of an element
 */
record NpyType(String descr, char kind, int size, ByteOrder order) {
    private static final Pattern DESCR = Pattern.compile("([<>|=])([a-zA-Z])(\\d{0,7})");

    static NpyType parse(String descr, String source) throws EmbeddingFileException {
        Matcher matcher = DESCR.matcher(descr);
        if (!matcher.matches()) {
            throw new EmbeddingFileException(
                    source, "element type " + quote(descr) + " is not one that NumPy writes");
        }
        char kind = matcher.group(2).charAt(0);
        if (kind == 'O') {
            throw new EmbeddingFileException(
                    source,
                    "holds pickled Python objects, which are never read: save ids with"
                            + " np.asarray(ids, dtype=str) and embeddings with dtype=np.float32");
        }
        int length = matcher.group(3).isEmpty() ? 0 : Integer.parseInt(matcher.group(3));
        int size = kind == 'U' ? 4 * length : length;
        boolean known =
                switch (kind) {
                    case 'f' -> size == 2 || size == 4 || size == 8;
                    case 'i', 'u' -> size == 1 || size == 2 || size == 4 || size == 8;
                    case 'U', 'S' -> true;
                    default -> false;
                };
        if (!known) {
            throw new EmbeddingFileException(
                    source,
                    "element type "
                            + descr
                            + " is not supported: convert embeddings with .astype(np.float32) and"
                            + " ids with .astype(str)");
        }
        ByteOrder order =
                switch (matcher.group(1)) {
                    case ">" -> ByteOrder.BIG_ENDIAN;
                    case "=" -> ByteOrder.nativeOrder();
                    default -> ByteOrder.LITTLE_ENDIAN;
                };
        return new NpyType(descr, kind, size, order);
    }

    boolean isFloat() {
        return kind == 'f';
    }

    boolean isInteger() {
        return kind == 'i' || kind == 'u';
    }

    boolean isText() {
        return kind == 'U' || kind == 'S';
    }

    /** Moves {@code count} elements out of {@code bytes}; float64 is rounded to float32. */
    void toFloats(ByteBuffer bytes, float[] target, int offset, int count) {
        switch (size) {
            case 2 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float16.toFloat(bytes.getShort());
                }
            }
            case 4 -> {
                bytes.asFloatBuffer().get(target, offset, count);
                bytes.position(bytes.position() + 4 * count);
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = (float) bytes.getDouble();
                }
            }
        }
    }

    String toIntegerText(ByteBuffer bytes) {
        boolean signed = kind == 'i';
        return switch (size) {
            case 1 -> Integer.toString(signed ? bytes.get() : Byte.toUnsignedInt(bytes.get()));
            case 2 ->
                    Integer.toString(
                            signed ? bytes.getShort() : Short.toUnsignedInt(bytes.getShort()));
            case 4 ->
                    signed
                            ? Integer.toString(bytes.getInt())
                            : Integer.toUnsignedString(bytes.getInt());
            default ->
                    signed
                            ? Long.toString(bytes.getLong())
                            : Long.toUnsignedString(bytes.getLong());
        };
    }
}
