package io.sidestream.operators.assign;

import io.sidestream.codebook.CodebookFile;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Memory for a codebook that is being loaded. A load that does not fit beside the others of this
 * process waits for them, as long as they advance; one that would not fit even then fails before it
 * allocates anything.
 */
final class HeapReservation implements AutoCloseable {

    private static final long MARGIN = 16 << 20;
    private static final Duration POLL = Duration.ofMillis(500);

    /** A load that has not advanced for so long hangs; nobody waits for it. */
    private static final Duration HANGS = Duration.ofSeconds(20);

    /** Loads that have not ended. Guarded by itself. */
    private static final Set<HeapReservation> RESERVED = new HashSet<>();

    private final long bytes;
    private volatile long advanced = System.nanoTime();

    private HeapReservation(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Reserves what loading a codebook takes: its values by rows and, once they are there, in the
     * order in which the kernel reads them.
     *
     * @param waiting called now and then while other loads are waited for
     * @throws IOException if the heap has not as much left
     */
    static HeapReservation of(CodebookManifest manifest, Runnable waiting)
            throws IOException, InterruptedException {
        long values = CodebookFile.valueBytes(manifest.getDimension(), manifest.getLayerSizes());
        HeapReservation reservation = new HeapReservation(2 * values + values / 8 + MARGIN);
        reservation.await(manifest.getVersion(), waiting);
        return reservation;
    }

    private void await(String version, Runnable waiting) throws IOException, InterruptedException {
        synchronized (RESERVED) {
            int others = -1;
            while (bytes > free()) {
                if (others != RESERVED.size()) {
                    others = RESERVED.size();
                    System.gc(); // what is garbage counts as used until then
                    continue;
                }
                if (RESERVED.stream().noneMatch(HeapReservation::advances)) {
                    throw new IOException(
                            "Loading codebook version '%s' takes %,d MiB of heap, and %,d MiB of %,d MiB are free: raise taskmanager.memory.task.heap.size, or -Xmx"
                                    .formatted(
                                            version,
                                            mebibytes(bytes),
                                            mebibytes(Math.max(0, free())),
                                            mebibytes(Runtime.getRuntime().maxMemory())));
                }
                waiting.run();
                RESERVED.wait(POLL.toMillis());
            }
            advance();
            RESERVED.add(this);
        }
    }

    /** What loads that advance have reserved, and may have allocated, is not free. */
    private static long free() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory()
                - (runtime.totalMemory() - runtime.freeMemory())
                - RESERVED.stream()
                        .filter(HeapReservation::advances)
                        .mapToLong(reservation -> reservation.bytes)
                        .sum();
    }

    /** Notes that the load goes on. */
    void advance() {
        advanced = System.nanoTime();
    }

    private boolean advances() {
        return System.nanoTime() - advanced < HANGS.toNanos();
    }

    private static long mebibytes(long bytes) {
        return bytes >> 20;
    }

    @Override
    public void close() {
        synchronized (RESERVED) {
            RESERVED.remove(this);
            RESERVED.notifyAll();
        }
    }
}
