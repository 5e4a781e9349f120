package io.sidestream.codebook;

import static io.sidestream.schema.Quote.excerpt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sidestream.embedding.Float16;
import java.io.ByteArrayOutputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The safetensors format (github.com/huggingface/safetensors): 8 bytes of header length, little
 * endian; a JSON header that names each tensor's type, shape and place; the tensors, back to back.
 */
final class Safetensors {
    static final String METADATA = "__metadata__";

    static final int MAX_HEADER = 2 << 20;
    private static final int ALIGNMENT = 64;
    private static final int BLOCK = 1 << 16;
    private static final ObjectReader JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .reader();

    private Safetensors() {}

    /** Element types that can be read as float32. */
    enum Type {
        F64(8),
        F32(4),
        F16(2),
        BF16(2);

        private final int size;

        Type(int size) {
            this.size = size;
        }
    }

    /** A tensor of rank 2; {@code begin} counts from the end of the header. */
    record Tensor(String name, Type type, int rows, int columns, long begin) {
        long end() {
            return begin + (long) rows * columns * type.size;
        }
    }

    /**
     * Tensors stand in the order of their data.
     *
     * @param lengthKnown whether the file is known to be as long as the header says
     */
    record Header(Map<String, String> metadata, List<Tensor> tensors, boolean lengthKnown) {
        long dataLength() {
            return tensors.isEmpty() ? 0 : tensors.get(tensors.size() - 1).end();
        }
    }

    /**
     * Writes a header for float32 tensors, padded so that the data which must follow is aligned.
     *
     * @param tensors tensors in data order
     */
    static void writeHeader(OutputStream out, Map<String, String> metadata, List<Tensor> tensors)
            throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(header)) {
            json.writeStartObject();
            json.writeObjectFieldStart(METADATA);
            for (Map.Entry<String, String> entry : metadata.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            for (Tensor tensor : tensors) {
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.type().name());
                json.writeFieldName("shape");
                json.writeArray(new int[] {tensor.rows(), tensor.columns()}, 0, 2);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {tensor.begin(), tensor.end()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        while ((Long.BYTES + header.size()) % ALIGNMENT != 0) {
            header.write(' ');
        }
        out.write(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.size())
                        .array());
        header.writeTo(out);
    }

    static void writeFloats(OutputStream out, float[] values) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values.length; i += BLOCK / Float.BYTES) {
            int count = Math.min(BLOCK / Float.BYTES, values.length - i);
            block.asFloatBuffer().put(values, i, count);
            out.write(block.array(), 0, count * Float.BYTES);
        }
    }

    /**
     * Reads and checks a header: tensors of rank 2, back to back from the header's end to the
     * file's.
     *
     * @param fileLength bytes of the whole file, if known: then a header that promises more than
     *     there is does not make its reader allocate it
     */
    static Header readHeader(InputStream in, OptionalLong fileLength, String source)
            throws IOException {
        byte[] lengthBytes = in.readNBytes(Long.BYTES);
        if (lengthBytes.length < Long.BYTES) {
            throw new CodebookFileException(
                    source,
                    "is no safetensors file: it ends after " + lengthBytes.length + " bytes");
        }
        long length = ByteBuffer.wrap(lengthBytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > MAX_HEADER) {
            throw new CodebookFileException(
                    source,
                    "is no safetensors codebook: its header would have %d bytes, and 2 to %d are"
                                    .formatted(length, MAX_HEADER)
                            + " possible");
        }
        byte[] bytes = in.readNBytes((int) length);
        if (bytes.length < length) {
            throw new CodebookFileException(
                    source,
                    "is truncated: its header has %d of %d bytes".formatted(bytes.length, length));
        }
        try {
            JsonNode json = JSON.readTree(bytes);
            if (!json.isObject()) {
                throw new CodebookFileException(
                        source, "is no safetensors file: its header is not a JSON object");
            }
            Header header = header(json, fileLength.isPresent(), source);
            long needed = Long.BYTES + length + header.dataLength();
            if (fileLength.isPresent() && fileLength.getAsLong() < needed) {
                throw new CodebookFileException(
                        source,
                        "is truncated: it has %d of %d bytes; copy it again"
                                .formatted(fileLength.getAsLong(), needed));
            }
            return header;
        } catch (JsonProcessingException e) {
            throw new CodebookFileException(
                    source,
                    "is no safetensors file: its header is not JSON"
                            + (e.getLocation() == null
                                    ? ""
                                    : ", from byte " + e.getLocation().getByteOffset() + " on"),
                    e);
        } catch (CharConversionException e) {
            throw new CodebookFileException(
                    source, "is no safetensors file: its header is not UTF-8", e);
        }
    }

    /**
     * Reads the data of the next tensor, rounding or widening it to float32.
     *
     * @param lengthKnown whether the data is known to be there; otherwise the array grows with it
     */
    static float[] readTensor(InputStream in, Tensor tensor, boolean lengthKnown, String source)
            throws IOException {
        int length = tensor.rows() * tensor.columns();
        float[] values = new float[lengthKnown ? length : Math.min(length, BLOCK)];
        ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        int perBlock = BLOCK / tensor.type().size;
        for (int done = 0; done < length; done += perBlock) {
            int count = Math.min(perBlock, length - done);
            if (done + count > values.length) {
                values = Arrays.copyOf(values, (int) Math.min(length, 2L * (done + count)));
            }
            int wanted = count * tensor.type().size;
            if (in.readNBytes(block.array(), 0, wanted) < wanted) {
                throw new CodebookFileException(
                        source,
                        "is truncated: it ends within tensor "
                                + excerpt(tensor.name())
                                + "; copy it again");
            }
            decode(block.clear(), tensor.type(), values, done, count);
        }
        return values;
    }

    private static void decode(ByteBuffer bytes, Type type, float[] target, int offset, int count) {
        switch (type) {
            case F32 -> bytes.asFloatBuffer().get(target, offset, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = (float) bytes.getDouble();
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float16.toFloat(bytes.getShort());
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float.intBitsToFloat(bytes.getShort() << 16);
                }
            }
        }
    }

    private static Header header(JsonNode json, boolean lengthKnown, String source)
            throws CodebookFileException {
        Map<String, String> metadata = new TreeMap<>();
        List<Tensor> tensors = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (field.getKey().equals(METADATA)) {
                for (Map.Entry<String, JsonNode> entry : field.getValue().properties()) {
                    metadata.put(entry.getKey(), entry.getValue().asText());
                }
            } else if (tensors.size() == CodebookLimits.MAX_LAYERS) {
                throw new CodebookFileException(
                        source,
                        "has more than %d tensors; a codebook has one for each layer"
                                .formatted(CodebookLimits.MAX_LAYERS));
            } else {
                tensors.add(tensor(field.getKey(), field.getValue(), source));
            }
        }
        tensors.sort(Comparator.comparingLong(Tensor::begin));
        long end = 0;
        for (Tensor tensor : tensors) {
            if (tensor.begin() != end) {
                throw new CodebookFileException(
                        source,
                        "is corrupt: the data of %s begins at %d, where %d was due"
                                .formatted(excerpt(tensor.name()), tensor.begin(), end));
            }
            end = tensor.end();
        }
        return new Header(metadata, tensors, lengthKnown);
    }

    private static Tensor tensor(String name, JsonNode json, String source)
            throws CodebookFileException {
        String dtype = json.path("dtype").asText();
        Type type =
                Arrays.stream(Type.values())
                        .filter(known -> known.name().equals(dtype))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new CodebookFileException(
                                                source,
                                                "tensor %s has dtype %s; one of %s is needed"
                                                        .formatted(
                                                                excerpt(name),
                                                                excerpt(dtype),
                                                                Arrays.toString(Type.values()))));
        JsonNode shape = json.path("shape");
        if (!shape.isArray() || shape.size() != 2) {
            throw new CodebookFileException(
                    source,
                    "tensor %s has shape %s; codewords x dimension is needed"
                            .formatted(excerpt(name), excerpt(shape)));
        }
        long rows = wholeNumber(shape.get(0));
        long columns = wholeNumber(shape.get(1));
        if (rows < 1 || columns < 1 || rows > Integer.MAX_VALUE / columns - 8) {
            throw new CodebookFileException(
                    source,
                    "tensor %s has shape %s: at least 1 codeword of 1 component is needed, and less"
                                    .formatted(excerpt(name), excerpt(shape))
                            + " than 2^31 values");
        }
        JsonNode offsets = json.path("data_offsets");
        Tensor tensor =
                new Tensor(name, type, (int) rows, (int) columns, wholeNumber(offsets.path(0)));
        if (offsets.size() != 2 || wholeNumber(offsets.path(1)) != tensor.end()) {
            throw new CodebookFileException(
                    source,
                    "is corrupt: tensor %s of type %s and shape %s has data_offsets %s"
                            .formatted(
                                    excerpt(name),
                                    excerpt(dtype),
                                    excerpt(shape),
                                    excerpt(offsets)));
        }
        return tensor;
    }

    /** A JSON integer, or -1 when it is anything else. */
    private static long wholeNumber(JsonNode json) {
        return json.isIntegralNumber() && json.canConvertToLong() ? json.longValue() : -1;
    }
}
