package io.sidestream.codebook;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Runs numbered chunks of work on several threads. Which thread runs which chunk is chance: for
 * results that do not depend on the number of threads, a chunk writes only to places of its own,
 * and whoever sums up does so in the order of chunks.
 */
final class ChunkedWork implements AutoCloseable {
    private final int threads;
    private final ExecutorService executor;

    ChunkedWork(int threads) {
        this.threads = threads;
        this.executor =
                Executors.newFixedThreadPool(
                        threads,
                        task -> {
                            Thread thread = new Thread(task, "codebook-work");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /** One chunk, with the scratch space of the thread it runs on. */
    @FunctionalInterface
    interface Task<S> {
        void run(S scratch, int chunk);
    }

    /** Runs chunks 0 to {@code chunks - 1}, and returns when all are done. */
    <S> void run(int chunks, Supplier<S> scratch, Task<S> task) {
        AtomicInteger next = new AtomicInteger();
        List<Callable<Void>> runners = new ArrayList<>();
        for (int i = 0; i < Math.min(threads, chunks); i++) {
            runners.add(
                    () -> {
                        S own = scratch.get();
                        int chunk;
                        while ((chunk = next.getAndIncrement()) < chunks) {
                            task.run(own, chunk);
                        }
                        return null;
                    });
        }
        try {
            for (Future<Void> runner : executor.invokeAll(runners)) {
                runner.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the work on a codebook was interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "the work on a codebook failed: " + e.getCause(), e.getCause());
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
