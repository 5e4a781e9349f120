package io.sidestream.embedding;

import static io.sidestream.schema.Quote.excerpt;
import static io.sidestream.schema.Quote.quote;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads one array in NumPy's {@code .npy} format, versions 1 to 3 (NEP 1): floats of 16, 32 and 64
 * bits, integers, text; either byte order; C or Fortran order. Pickled objects are refused.
 *
 * <p>Values come in the order of the file, front to back, through a small buffer; {@link
 * #readAllFloats()} gives a whole array in C order.
 */
public final class NpyReader implements Closeable {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER = 1 << 16;
    private static final int MAX_ELEMENT = 1 << 20;
    private static final int BUFFER = 1 << 16;

    /** Values that are allocated before any has been read. */
    private static final int FIRST_VALUES = 1 << 18;

    private static final Pattern DESCR =
            Pattern.compile("['\"]descr['\"]\\s*:\\s*['\"]([^'\"]*)['\"]");
    private static final Pattern ORDER =
            Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([^)]*)\\)");

    private final InputStream in;
    private final String source;
    private final NpyType type;
    private final boolean fortranOrder;
    private final long[] shape;
    private final int headerLength;
    private final ByteBuffer buffer;

    private NpyReader(InputStream in, long length, String source) throws IOException {
        this.in = in;
        this.source = source;
        byte[] start = in.readNBytes(8);
        if (start.length < 8 || !Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
            throw new EmbeddingFileException(
                    source,
                    "is not a NumPy array: it does not begin with the .npy signature; write it"
                            + " with np.save or np.savez");
        }
        int version = start[6];
        if (version < 1 || version > 3) {
            throw new EmbeddingFileException(
                    source,
                    "has .npy format version "
                            + version
                            + ", and only versions 1 to 3 are known: save it again with np.save");
        }
        byte[] lengthBytes = in.readNBytes(version == 1 ? 2 : 4);
        long dictionaryLength = 0;
        for (int i = lengthBytes.length - 1; i >= 0; i--) {
            dictionaryLength = dictionaryLength << 8 | Byte.toUnsignedLong(lengthBytes[i]);
        }
        if (dictionaryLength > MAX_HEADER) {
            throw new EmbeddingFileException(
                    source, "has an .npy header of " + dictionaryLength + " bytes: it is corrupt");
        }
        byte[] dictionary = in.readNBytes((int) dictionaryLength);
        if (dictionary.length < dictionaryLength || dictionaryLength == 0) {
            throw new EmbeddingFileException(
                    source, "ends within its .npy header: it is truncated");
        }
        String header =
                new String(
                        dictionary,
                        version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        this.type = NpyType.parse(find(DESCR, header), source);
        this.fortranOrder = find(ORDER, header).equals("True");
        this.shape = parseShape(find(SHAPE, header));
        this.headerLength = 8 + lengthBytes.length + dictionary.length;
        if (type.size() > MAX_ELEMENT) {
            throw new EmbeddingFileException(
                    source, "has elements of " + type.size() + " bytes, more than " + MAX_ELEMENT);
        }
        checkLength(length);
        this.buffer =
                ByteBuffer.allocate(Math.max(BUFFER, type.size())).order(type.order()).limit(0);
    }

    /** Opens an {@code .npy} file. */
    public static NpyReader open(Path file) throws IOException {
        long length = Files.size(file);
        return open(new BufferedInputStream(Files.newInputStream(file)), length, file.toString());
    }

    /**
     * Reads an array's header, and checks that {@code length} bytes are just what the array needs.
     * The reader closes {@code in}.
     */
    static NpyReader open(InputStream in, long length, String source) throws IOException {
        try {
            return new NpyReader(in, length, source);
        } catch (EOFException e) {
            in.close();
            throw new EmbeddingFileException(source, "ends too early: it is truncated", e);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** The file, and within an archive the array, for messages. */
    public String source() {
        return source;
    }

    /** Extent of each axis. */
    public long[] shape() {
        return shape.clone();
    }

    /** The shape as Python writes it: {@code (60000, 100)}. */
    public String shapeText() {
        String axes =
                Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
        return excerpt(shape.length == 1 ? "(" + axes + ",)" : "(" + axes + ")");
    }

    /** Element type as NumPy names it, such as {@code <f4}. */
    public String dtype() {
        return type.descr();
    }

    NpyType type() {
        return type;
    }

    boolean fortranOrder() {
        return fortranOrder;
    }

    /** Bytes before the first element. */
    int headerLength() {
        return headerLength;
    }

    /**
     * The whole array in C order (last axis fastest); float16 is widened, float64 rounded to
     * float32.
     *
     * @throws EmbeddingFileException when elements are no floats, or too many for one Java array
     */
    public float[] readAllFloats() throws IOException {
        requireFloats();
        long elements = elements();
        if (elements > Integer.MAX_VALUE - 8) {
            throw new EmbeddingFileException(
                    source,
                    "holds %d values, more than fit into one array in memory".formatted(elements));
        }
        float[] values = new float[(int) Math.min(elements, FIRST_VALUES)];
        int done = 0;
        while (done < elements) { // an archive may claim more than it holds
            if (done == values.length) {
                values = Arrays.copyOf(values, (int) Math.min(elements, 2L * done));
            }
            readFloats(values, done, values.length - done);
            done = values.length;
        }
        expectEnd();
        return fortranOrder ? toCOrder(values) : values;
    }

    void requireFloats() throws EmbeddingFileException {
        if (!type.isFloat()) {
            throw new EmbeddingFileException(
                    source,
                    "has elements of type "
                            + type.descr()
                            + " where floats are wanted: convert with .astype(np.float32)");
        }
    }

    /** Reads the next {@code count} elements, in file order. */
    void readFloats(float[] target, int offset, int count) throws IOException {
        int done = 0;
        while (done < count) {
            if (!buffer.hasRemaining()) {
                refill();
            }
            int step = Math.min(count - done, buffer.remaining() / type.size());
            type.toFloats(buffer, target, offset + done, step);
            done += step;
        }
    }

    /** Reads the next element as an id: text as it is, an integer in decimal. */
    String readId() throws IOException {
        if (type.size() == 0) {
            return "";
        }
        if (!buffer.hasRemaining()) {
            refill();
        }
        if (type.isInteger()) {
            return type.toIntegerText(buffer);
        }
        ByteBuffer element = buffer.slice(buffer.position(), type.size()).order(type.order());
        buffer.position(buffer.position() + type.size());
        return type.kind() == 'U' ? utf32(element) : utf8(element);
    }

    /** To be called after the last element: a damaged archive is noticed only at its end. */
    void expectEnd() throws IOException {
        if (buffer.hasRemaining() || in.read() >= 0) {
            throw new EmbeddingFileException(
                    source, "goes on after its last element: it is corrupt");
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void refill() throws IOException {
        int whole = buffer.capacity() / type.size() * type.size();
        int got = in.readNBytes(buffer.array(), 0, whole);
        if (got < type.size()) {
            throw new EmbeddingFileException(
                    source, "ends before its last element: it is truncated");
        }
        buffer.position(0).limit(got / type.size() * type.size());
    }

    /** NumPy pads text with zeros. */
    private String utf32(ByteBuffer element) throws EmbeddingFileException {
        StringBuilder text = new StringBuilder(element.remaining() / 4);
        int length = 0;
        while (element.hasRemaining()) {
            int codePoint = element.getInt();
            if (!Character.isValidCodePoint(codePoint)
                    || Character.getType(codePoint) == Character.SURROGATE) {
                throw new EmbeddingFileException(
                        source,
                        "holds a text with %#x, which is no Unicode character: it is corrupt"
                                .formatted(codePoint));
            }
            text.appendCodePoint(codePoint);
            if (codePoint != 0) {
                length = text.length();
            }
        }
        text.setLength(length);
        return text.toString();
    }

    private String utf8(ByteBuffer element) throws EmbeddingFileException {
        int end = element.limit();
        while (end > 0 && element.get(end - 1) == 0) {
            end--;
        }
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(element.limit(end));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new EmbeddingFileException(
                    source,
                    "holds byte strings that are not UTF-8: save ids as text,"
                            + " np.asarray(ids, dtype=str)",
                    e);
        }
    }

    private long elements() {
        long elements = 1;
        for (long extent : shape) {
            elements *= extent;
        }
        return elements;
    }

    private float[] toCOrder(float[] fortran) {
        float[] result = new float[fortran.length];
        // In Fortran order the first axis runs fastest: count through the indices that way, and
        // keep the C position of the current index.
        int[] index = new int[shape.length];
        int[] stride = new int[shape.length];
        int step = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            stride[axis] = step;
            step *= (int) shape[axis];
        }
        int position = 0;
        for (float value : fortran) {
            result[position] = value;
            for (int axis = 0; axis < shape.length; axis++) {
                position += stride[axis];
                if (++index[axis] < shape[axis]) {
                    break;
                }
                position -= index[axis] * stride[axis];
                index[axis] = 0;
            }
        }
        return result;
    }

    private String find(Pattern pattern, String header) throws EmbeddingFileException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new EmbeddingFileException(
                    source,
                    "is an array of records, or its header is corrupt; an array of plain numbers or"
                            + " text is needed. Header: "
                            + quote(header.strip()));
        }
        return matcher.group(1);
    }

    private long[] parseShape(String text) throws EmbeddingFileException {
        try {
            long[] axes =
                    Arrays.stream(text.split(","))
                            .map(axis -> axis.strip().replaceFirst("L$", ""))
                            .filter(axis -> !axis.isEmpty())
                            .mapToLong(Long::parseLong)
                            .toArray();
            if (Arrays.stream(axes).anyMatch(axis -> axis < 0)) {
                throw new NumberFormatException("negative");
            }
            return axes;
        } catch (NumberFormatException e) {
            throw new EmbeddingFileException(
                    source,
                    "has the shape " + quote("(" + text + ")") + " in its header: it is corrupt",
                    e);
        }
    }

    private void checkLength(long length) throws EmbeddingFileException {
        long needed = type.size();
        try {
            for (long extent : shape) {
                needed = Math.multiplyExact(needed, extent);
            }
            needed = Math.addExact(needed, headerLength);
        } catch (ArithmeticException e) {
            throw new EmbeddingFileException(
                    source, "has the impossible shape " + shapeText() + ": it is corrupt", e);
        }
        if (length < needed) {
            throw new EmbeddingFileException(
                    source,
                    "is truncated: shape %s of type %s needs %d bytes, and there are %d; copy or"
                                    .formatted(shapeText(), dtype(), needed, length)
                            + " write it again");
        }
        if (length > needed) {
            throw new EmbeddingFileException(
                    source,
                    "has %d bytes after its array of shape %s; a file holds one array: save each"
                                    .formatted(length - needed, shapeText())
                            + " into its own");
        }
    }
}
