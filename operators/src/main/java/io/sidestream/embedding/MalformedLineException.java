package io.sidestream.embedding;

import java.nio.file.Path;

/**
 * A line of a text file holds no embedding. The file can be read on behind it: whoever can do
 * something with the line calls {@link EmbeddingReader#next()} again.
 */
public final class MalformedLineException extends EmbeddingFileException {
    private static final long serialVersionUID = 1L;

    private final String place;
    private final byte[] line;

    MalformedLineException(Path file, long number, byte[] line, String problem, Throwable cause) {
        super(file.toString(), "line " + number + " " + problem, cause);
        this.place = file.getFileName() + ":" + number;
        this.line = line;
    }

    /** Name of the file and number of the line, from 1: {@code items.jsonl:17}. */
    public String place() {
        return place;
    }

    /** The line as it stands in the file, without its end. */
    public byte[] line() {
        return line.clone();
    }
}
