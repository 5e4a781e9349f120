package io.sidestream.jobs;

/** What a failure began with: its wrappers say that something failed, and not what. */
final class RootCause {

    private RootCause() {}

    static Throwable of(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
