package io.sidestream.codebook;

import io.sidestream.schema.Quote;
import java.io.IOException;

/**
 * A codebook file is malformed, truncated or of the wrong shape. The message names the file, says
 * what is wrong and where, and what to do about it; it is short and printable.
 */
public final class CodebookFileException extends IOException {
    private static final long serialVersionUID = 1L;

    CodebookFileException(String source, String problem) {
        super(Quote.message(source + ": " + problem));
    }

    CodebookFileException(String source, String problem, Throwable cause) {
        super(Quote.message(source + ": " + problem), cause);
    }

    /** For a message that names the file already. */
    CodebookFileException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
