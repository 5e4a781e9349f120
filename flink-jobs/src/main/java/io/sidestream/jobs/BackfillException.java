package io.sidestream.jobs;

/** A backfill that cannot be done; the message says why, and what to do. */
public final class BackfillException extends Exception {

    private static final long serialVersionUID = 1L;

    BackfillException(String message) {
        super(message);
    }

    BackfillException(String message, Throwable cause) {
        super(message, cause);
    }
}
