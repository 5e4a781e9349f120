package io.sidestream.operators.assign;

import io.sidestream.codebook.CodebookFile;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;

/**
 * Memory for a codebook that is being loaded. Loads that run at the same time share what is free,
 * and one that does not fit fails before it allocates anything.
 */
final class HeapReservation implements AutoCloseable {

    private static final long MARGIN = 16 << 20;

    /** By loads that have not ended. Guarded by the class. */
    private static long reserved;

    private final long bytes;

    private HeapReservation(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Reserves what loading a codebook takes: its values by rows and, once they are there, in the
     * order in which the kernel reads them.
     *
     * @throws IOException if the heap has not as much left
     */
    static HeapReservation of(CodebookManifest manifest) throws IOException {
        long values = CodebookFile.valueBytes(manifest.getDimension(), manifest.getLayerSizes());
        long needed = 2 * values + values / 8 + MARGIN;
        synchronized (HeapReservation.class) {
            if (needed > free()) {
                System.gc(); // what is garbage counts as used until then
            }
            long free = free();
            if (needed > free) {
                throw new IOException(
                        "Loading codebook version '%s' takes %,d MiB of heap, and %,d MiB of %,d MiB are free: raise taskmanager.memory.task.heap.size, or -Xmx"
                                .formatted(
                                        manifest.getVersion(),
                                        mebibytes(needed),
                                        mebibytes(Math.max(0, free)),
                                        mebibytes(Runtime.getRuntime().maxMemory())));
            }
            reserved += needed;
        }
        return new HeapReservation(needed);
    }

    private static long free() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory()) - reserved;
    }

    private static long mebibytes(long bytes) {
        return bytes >> 20;
    }

    @Override
    public void close() {
        synchronized (HeapReservation.class) {
            reserved -= bytes;
        }
    }
}
