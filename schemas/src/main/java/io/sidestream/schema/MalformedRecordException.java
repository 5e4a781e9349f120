package io.sidestream.schema;

/** Bytes that are not the record they should be; the message says why, the cause code in short. */
public final class MalformedRecordException extends Exception {

    private static final long serialVersionUID = 1L;

    private final DeadLetterCause causeCode;

    public MalformedRecordException(DeadLetterCause causeCode, String message) {
        super(Quote.message(message));
        this.causeCode = causeCode;
    }

    MalformedRecordException(DeadLetterCause causeCode, String message, Throwable cause) {
        super(Quote.message(message), cause);
        this.causeCode = causeCode;
    }

    /** The code under which a dead letter reports this. */
    public DeadLetterCause causeCode() {
        return causeCode;
    }
}
