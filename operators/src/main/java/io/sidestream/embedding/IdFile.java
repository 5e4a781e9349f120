package io.sidestream.embedding;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Ids from a text file: UTF-8, one a line. */
final class IdFile implements IdSource {
    /** Some editors put it before UTF-8 text. It belongs to no id. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final String source;
    private final LineReader lines;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();

    private IdFile(Path file) throws IOException {
        this.source = file.toString();
        this.lines = new LineReader(file);
    }

    /** Opens a file of just {@code count} ids, which is checked now rather than at its end. */
    static IdFile open(Path file, long count, String embeddings) throws IOException {
        long lineCount = 0;
        try (LineReader lines = new LineReader(file)) {
            while (lines.next()) {
                lineCount++;
            }
        }
        if (lineCount != count) {
            throw new EmbeddingFileException(
                    file.toString(),
                    "has %d lines, but %s has %d embeddings: give one id a line, in row order"
                            .formatted(lineCount, embeddings, count));
        }
        return new IdFile(file);
    }

    static List<String> readAll(Path file) throws IOException {
        List<String> ids = new ArrayList<>();
        try (IdFile source = new IdFile(file)) {
            while (source.lines.next()) {
                ids.add(source.decode());
            }
        }
        return ids;
    }

    @Override
    public String next() throws IOException {
        if (!lines.next()) {
            throw new EmbeddingFileException(source, "became shorter while it was read");
        }
        return decode();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    private String decode() throws EmbeddingFileException {
        try {
            String id =
                    utf8.decode(ByteBuffer.wrap(lines.buffer(), lines.start(), lines.length()))
                            .toString();
            boolean marked = lines.number() == 1 && id.startsWith(BYTE_ORDER_MARK);
            return marked ? id.substring(BYTE_ORDER_MARK.length()) : id;
        } catch (CharacterCodingException e) {
            throw new EmbeddingFileException(
                    source,
                    "line " + lines.number() + " is not valid UTF-8: save the ids as UTF-8 text",
                    e);
        }
    }
}
