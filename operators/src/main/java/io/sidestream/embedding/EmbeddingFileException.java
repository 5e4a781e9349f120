package io.sidestream.embedding;

import io.sidestream.schema.Quote;
import java.io.IOException;

/**
 * A file of embeddings or ids is malformed, truncated or of the wrong shape. The message names the
 * file, says what is wrong and where, and what to do about it. It is short and printable, whatever
 * the file holds.
 */
public sealed class EmbeddingFileException extends IOException permits MalformedLineException {
    private static final long serialVersionUID = 1L;

    EmbeddingFileException(String source, String problem) {
        super(Quote.message(source + ": " + problem));
    }

    EmbeddingFileException(String source, String problem, Throwable cause) {
        super(Quote.message(source + ": " + problem), cause);
    }
}
