package io.sidestream.embedding;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.sidestream.schema.Quote;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads {@code .jsonl}: {@code {"id": "...", "embedding": [...]}}, one object a line. The id is a
 * string or an integer; other fields are skipped, and so are blank lines. Numbers are read as
 * doubles and rounded to float32, as Python does; {@code NaN} and {@code Infinity}, which Python
 * writes, are read.
 */
final class JsonLinesReader implements EmbeddingReader {
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private final Path file;
    private final LineReader lines;
    private final int dimension;

    private String id;
    private float[] embedding = new float[256];

    private JsonLinesReader(Path file, int dimension) throws IOException {
        this.file = file;
        this.dimension = dimension;
        this.lines = new LineReader(file);
    }

    static EmbeddingReader open(Path file) throws IOException {
        try (JsonLinesReader ahead = new JsonLinesReader(file, 0)) {
            return new JsonLinesReader(file, ahead.firstDimension());
        }
    }

    /** The length of the first embedding, whatever stands before it. */
    private int firstDimension() throws IOException {
        EmbeddingFileException problem =
                new EmbeddingFileException(
                        file.toString(),
                        "is empty: one {\"id\": ..., \"embedding\": [...]} a line is expected");
        boolean empty = true;
        while (true) {
            try {
                if (next()) {
                    return embedding.length;
                }
                break;
            } catch (MalformedLineException e) {
                problem = empty ? e : problem; // where no line is better, the first one tells most
                empty = false;
            }
        }
        throw problem;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public long count() {
        return -1;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public float[] embedding() {
        return embedding;
    }

    @Override
    public String position() {
        return "line " + lines.number();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    @Override
    public boolean next() throws IOException {
        while (lines.next()) {
            try (JsonParser json =
                    JSON.createParser(lines.buffer(), lines.start(), lines.length())) {
                JsonToken first = json.nextToken();
                if (first == null) {
                    continue;
                }
                if (first != JsonToken.START_OBJECT) {
                    throw malformed("is not a JSON object");
                }
                parseObject(json);
                if (json.nextToken() != null) {
                    throw malformed("goes on after its object");
                }
                return true;
            } catch (JsonProcessingException | CharConversionException e) {
                throw malformed("is not valid JSON: " + problem(e), e);
            }
        }
        return false;
    }

    private void parseObject(JsonParser json) throws IOException {
        boolean hasId = false;
        boolean hasEmbedding = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "id" -> {
                    if (value != JsonToken.VALUE_STRING && value != JsonToken.VALUE_NUMBER_INT) {
                        throw malformed("has an \"id\" that is neither a string nor an integer");
                    }
                    id = json.getText();
                    if (!isWellFormed(id)) {
                        throw malformed("has an \"id\" with half of a surrogate pair");
                    }
                    hasId = true;
                }
                case "embedding" -> {
                    if (value != JsonToken.START_ARRAY) {
                        throw malformed("has an \"embedding\" that is not an array of numbers");
                    }
                    parseEmbedding(json);
                    hasEmbedding = true;
                }
                default -> json.skipChildren();
            }
        }
        if (!hasId || !hasEmbedding) {
            throw malformed("has no \"" + (hasId ? "embedding" : "id") + "\"");
        }
    }

    private void parseEmbedding(JsonParser json) throws IOException {
        int length = 0;
        JsonToken token;
        while ((token = json.nextToken()) != JsonToken.END_ARRAY) {
            if (length == embedding.length) {
                embedding = Arrays.copyOf(embedding, Math.max(16, 2 * length));
            }
            if (token == null || !token.isNumeric()) {
                throw malformed(
                        "has an \"embedding\" whose component " + length + " is not a number");
            }
            embedding[length++] = (float) json.getDoubleValue();
        }
        if (length != embedding.length) {
            embedding = Arrays.copyOf(embedding, length);
        }
    }

    /** Jackson's message without its excerpt of the input. */
    private static String problem(IOException e) {
        return Quote.excerpt(
                e instanceof JsonProcessingException json
                        ? json.getOriginalMessage()
                        : e.getMessage());
    }

    /** Half of a surrogate pair has no place in UTF-8: all such ids would become the same one. */
    private static boolean isWellFormed(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private MalformedLineException malformed(String problem) {
        return malformed(
                problem + "; expected is {\"id\": \"...\", \"embedding\": [0.1, ...]}", null);
    }

    private MalformedLineException malformed(String problem, Throwable cause) {
        byte[] line =
                Arrays.copyOfRange(lines.buffer(), lines.start(), lines.start() + lines.length());
        return new MalformedLineException(file, lines.number(), line, problem, cause);
    }
}
