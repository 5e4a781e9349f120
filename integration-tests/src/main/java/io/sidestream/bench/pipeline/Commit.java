package io.sidestream.bench.pipeline;

import io.sidestream.bench.Cluster;
import io.sidestream.bench.CpuTimes;

/** The end of a run: everything written, everything committed. */
final class Commit {

    private Commit() {}

    /**
     * Waits until a job that never ends by itself has written a record for each it read, and has
     * committed them all.
     *
     * @param begin when the first record arrived, as {@link System#nanoTime}
     * @param cpu processor times at that moment
     * @throws IllegalStateException if records were lost or repeated
     */
    static Measurement await(Cluster cluster, Output output, long records, long begin, CpuTimes cpu)
            throws Exception {
        // Markers of earlier checkpoints count too, so that a few records may still be on their
        // way: the checkpoint's barriers come behind them.
        cluster.await("all records to be written", () -> output.written() >= records);
        cluster.checkpoint();
        cluster.await("all transactions to be committed", output::isCommitted);
        long end = System.nanoTime();
        Measurement measurement = new Measurement((end - begin) / 1e9, CpuTimes.now().since(cpu));
        long committed = output.count();
        if (committed != records) {
            throw new IllegalStateException(
                    "%,d records in, %,d out".formatted(records, committed));
        }
        return measurement;
    }
}
