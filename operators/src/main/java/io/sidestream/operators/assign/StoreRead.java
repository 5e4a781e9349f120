package io.sidestream.operators.assign;

import io.sidestream.schema.Quote;
import java.io.IOException;
import java.io.Serializable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A read of the codebook store on a thread of its own: a store may hang, and a file may be larger
 * than the heap. Whatever goes wrong becomes an {@link IOException} of the result.
 *
 * @param <T> what is made of the file
 */
public final class StoreRead<T> {

    /** Starts the threads of reads. */
    public interface Threads extends Serializable {

        void start(String name, Runnable read);

        /** A new daemon thread for every read. */
        static Threads daemons() {
            return (name, read) -> {
                Thread thread = new Thread(read, name);
                thread.setDaemon(true);
                thread.start();
            };
        }
    }

    /**
     * Reads a file.
     *
     * @param <T> what is made of it
     */
    public interface Body<T> {

        /**
         * @param progress to be called whenever the store has answered
         */
        T read(Runnable progress) throws Exception;
    }

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final AtomicLong progress = new AtomicLong();
    private final String what;
    private volatile Thread thread;

    private StoreRead(String what) {
        this.what = what;
    }

    /**
     * Begins a read.
     *
     * @param what is read, for messages: a URI
     */
    public static <T> StoreRead<T> start(Threads threads, String what, Body<T> body) {
        StoreRead<T> read = new StoreRead<>(what);
        threads.start("sidestream-store-read", () -> read.run(body));
        return read;
    }

    private void run(Body<T> body) {
        thread = Thread.currentThread();
        try {
            result.complete(body.read(progress::incrementAndGet));
        } catch (IOException e) {
            result.completeExceptionally(
                    e.getMessage() == null
                            ? new IOException(
                                    "%s cannot be read: %s".formatted(Quote.excerpt(what), e), e)
                            : e);
        } catch (OutOfMemoryError e) {
            result.completeExceptionally(
                    new IOException(
                            "%s does not fit into the heap; give the process more memory"
                                    .formatted(Quote.excerpt(what)),
                            e));
        } catch (Throwable e) { // a file system may fail in any way, and stops nothing but this
            result.completeExceptionally(
                    new IOException(
                            "%s cannot be read: %s"
                                    .formatted(Quote.excerpt(what), Quote.excerpt(e)),
                            e));
        } finally {
            thread = null;
        }
    }

    /** Completes when the read has ended, however it ends. */
    public CompletableFuture<T> result() {
        return result;
    }

    /** Grows with every answer of the store. */
    public long progress() {
        return progress.get();
    }

    /** Interrupts the read; it ends when the store notices. */
    public void interrupt() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }
}
