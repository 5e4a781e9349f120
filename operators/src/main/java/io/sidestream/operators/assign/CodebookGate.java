package io.sidestream.operators.assign;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Tells one subtask's source whether its Assign has a live codebook. Both run in one process (the
 * graph puts them in one slot), so that a flag is enough; while it says no, input stays unread in
 * Kafka instead of piling up in the job.
 */
final class CodebookGate {

    private static final ConcurrentMap<Id, CodebookGate> GATES = new ConcurrentHashMap<>();

    /** A subtask of one job. */
    private record Id(String job, int subtask) {}

    private final Id id;
    private volatile CompletableFuture<Void> opened = new CompletableFuture<>();

    private CodebookGate(Id id) {
        this.id = id;
    }

    /** The gate of a subtask, closed until its Assign opens it. */
    static CodebookGate of(String job, int subtask) {
        return GATES.computeIfAbsent(new Id(job, subtask), CodebookGate::new);
    }

    boolean isOpen() {
        return opened.isDone();
    }

    /** Done as soon as the gate is open. */
    CompletableFuture<Void> whenOpen() {
        return opened;
    }

    void open() {
        opened.complete(null);
    }

    void close() {
        if (opened.isDone()) {
            opened = new CompletableFuture<>();
        }
    }

    /** Closes the gate for good; the subtask's next attempt gets another. */
    void remove() {
        close();
        GATES.remove(id, this);
    }
}
