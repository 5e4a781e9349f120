package io.sidestream.embedding;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Splits a file at newlines, without decoding it, so that a line's bytes can go straight to a
 * parser. A carriage return before the newline is dropped. Ids may hold any other control
 * character, which is why {@code BufferedReader.readLine} will not do.
 */
final class LineReader implements Closeable {
    private static final int MAX_LINE = 1 << 26;

    private final InputStream in;
    private final String source;
    private byte[] buffer = new byte[1 << 16];
    private int start;
    private int length;
    private int next;
    private int filled;
    private boolean exhausted;
    private long number;

    LineReader(Path file) throws IOException {
        this.in = Files.newInputStream(file);
        this.source = file.toString();
    }

    /** Moves to the next line, and says whether there is one. */
    boolean next() throws IOException {
        int scanned = next;
        while (true) {
            for (int i = scanned; i < filled; i++) {
                if (buffer[i] == '\n') {
                    line(i, i + 1);
                    return true;
                }
            }
            if (exhausted) {
                if (next == filled) {
                    return false;
                }
                line(filled, filled);
                return true;
            }
            scanned = filled - next;
            fill();
        }
    }

    /** The buffer the current line lies in; valid until the next call of {@link #next()}. */
    byte[] buffer() {
        return buffer;
    }

    /** Where in {@link #buffer()} the line begins. */
    int start() {
        return start;
    }

    /** Bytes of the line, its end not counted. */
    int length() {
        return length;
    }

    /** Number of the current line, from 1. */
    long number() {
        return number;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void line(int end, int following) {
        start = next;
        length = (end > start && buffer[end - 1] == '\r' ? end - 1 : end) - start;
        next = following;
        number++;
    }

    /** Moves the unfinished line to the front and reads more behind it. */
    private void fill() throws IOException {
        int unfinished = filled - next;
        if (unfinished >= MAX_LINE) {
            throw new EmbeddingFileException(
                    source,
                    "line %d is longer than %d bytes: one object or id a line is expected"
                            .formatted(number + 1, MAX_LINE));
        }
        byte[] target = unfinished > buffer.length / 2 ? new byte[2 * buffer.length] : buffer;
        System.arraycopy(buffer, next, target, 0, unfinished);
        buffer = target;
        next = 0;
        filled = unfinished;
        int got = in.read(buffer, filled, buffer.length - filled);
        if (got < 0) {
            exhausted = true;
        } else {
            filled += got;
        }
    }
}
