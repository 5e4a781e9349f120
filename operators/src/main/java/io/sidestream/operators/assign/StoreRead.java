package io.sidestream.operators.assign;

import io.sidestream.schema.Quote;
import java.io.IOException;
import java.io.Serializable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A read of the codebook store on a thread of its own: a store may hang, and a file may be larger
 * than the heap. Whatever goes wrong becomes an {@link IOException} of the result.
 *
 * @param <T> what is made of the file
 */
public final class StoreRead<T> {

    /** Runs reads. */
    public interface Threads extends Serializable {

        void start(Runnable read);

        /** Daemon threads of this process, at most {@link Pool#MOST} of them. */
        static Threads daemons() {
            return read -> Pool.THREADS.execute(read); // a bound reference could not be serialized
        }
    }

    /** The threads of all reads. Anyone may publish any number of manifests: they are limited. */
    private static final class Pool {

        static final int MOST = 32;
        private static final int IDLE_SECONDS = 10;

        static final ThreadPoolExecutor THREADS = create();

        private static ThreadPoolExecutor create() {
            ThreadPoolExecutor threads =
                    new ThreadPoolExecutor(
                            MOST,
                            MOST,
                            IDLE_SECONDS,
                            TimeUnit.SECONDS,
                            new LinkedBlockingQueue<>(),
                            read -> {
                                Thread thread = new Thread(read, "sidestream-store-read");
                                thread.setDaemon(true);
                                return thread;
                            });
            threads.allowCoreThreadTimeOut(true);
            return threads;
        }
    }

    /** What a read reports while it goes on. */
    public interface Progress {

        /** The store has sent something. */
        void answered();

        /**
         * The read goes on to something else.
         *
         * @param whom it waits for from now on, for messages
         */
        void waitsFor(String whom);
    }

    /**
     * Reads a file.
     *
     * @param <T> what is made of it
     */
    public interface Body<T> {

        T read(Progress progress) throws Exception;
    }

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final AtomicLong progress = new AtomicLong();
    private final String what;

    /** Of the job that reads; a thread goes from one job to the next. */
    private final ClassLoader loader = Thread.currentThread().getContextClassLoader();

    private volatile String waitsFor =
            "one of the %d threads that read codebooks".formatted(Pool.MOST);

    /** Guarded by this. */
    private Thread thread;

    /** Guarded by this. */
    private boolean cancelled;

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
        threads.start(() -> read.run(body));
        return read;
    }

    private void run(Body<T> body) {
        if (!begin()) {
            end();
            result.completeExceptionally(new IOException("Nobody waits for it any more"));
            return;
        }
        waitsFor = "the store";
        T made = null;
        IOException failure = null;
        try {
            made = body.read(new Reported());
        } catch (IOException e) {
            failure =
                    e.getMessage() == null
                            ? new IOException(
                                    "%s cannot be read: %s".formatted(Quote.excerpt(what), e), e)
                            : e;
        } catch (OutOfMemoryError e) {
            failure =
                    new IOException(
                            "%s does not fit into the heap; give the process more memory"
                                    .formatted(Quote.excerpt(what)),
                            e);
        } catch (Throwable e) { // a file system may fail in any way, and stops nothing but this
            failure =
                    new IOException(
                            "%s cannot be read: %s"
                                    .formatted(Quote.excerpt(what), Quote.excerpt(e)),
                            e);
        } finally {
            end();
        }
        if (failure == null) {
            result.complete(made);
        } else {
            result.completeExceptionally(failure);
        }
    }

    private synchronized boolean begin() {
        thread = Thread.currentThread();
        thread.setContextClassLoader(loader);
        return !cancelled;
    }

    /** From here on the thread is another read's. */
    private synchronized void end() {
        thread.setContextClassLoader(null);
        thread = null;
    }

    private final class Reported implements Progress {

        @Override
        public void answered() {
            progress.incrementAndGet();
        }

        @Override
        public void waitsFor(String whom) {
            waitsFor = whom;
            progress.incrementAndGet();
        }
    }

    /** Completes when the read has ended, however it ends. */
    public CompletableFuture<T> result() {
        return result;
    }

    /**
     * Changes with every answer of the store; before the read has begun, with every other's end.
     */
    public synchronized long progress() {
        return thread == null && !result.isDone()
                ? -Pool.THREADS.getCompletedTaskCount()
                : progress.get();
    }

    /** What the read waits for now: "the store" for example. */
    public String waitsFor() {
        return waitsFor;
    }

    /** Interrupts the read; it ends when the store notices. One that has not begun never does. */
    public synchronized void cancel() {
        cancelled = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
