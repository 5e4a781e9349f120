package io.sidestream.local.stack;

import io.sidestream.local.console.LogFile;
import java.nio.file.Path;
import java.util.List;

/** Words for what went wrong inside the stack. */
final class Failures {

    private static final int LINES = 20;

    private Failures() {}

    /** A message with the end of the log that tells more. */
    static String withLog(String message, Path log) {
        List<String> lines = LogFile.lastLines(log, LINES);
        if (lines.isEmpty()) {
            return message;
        }
        return "%s%nLast lines of %s:%n  %s"
                .formatted(message, log, String.join(System.lineSeparator() + "  ", lines));
    }

    /** The innermost reason: wrappers only say that something inside them failed. */
    static String reason(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null && innermost.getCause() != innermost) {
            innermost = innermost.getCause();
        }
        return innermost.toString();
    }
}
