package io.sidestream.bench.sweep;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.bench.CpuTimes;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.RetirementProgress;
import io.sidestream.schema.SingleObjectFormat;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * The topic of codebooks, in memory. The clock of a retirement starts when its record is read and
 * stops when nothing is said to be left. One run at a time, in this process.
 */
final class CodebookFeed implements FeedSource.Feed {

    private static final long serialVersionUID = 1L;

    private static final Queue<CodebookManifest> MANIFESTS = new ConcurrentLinkedQueue<>();

    private static volatile Begin begin;
    private static volatile Result result;

    /** A version has begun to retire. */
    private record Begin(long nanos, CpuTimes cpu) {}

    /**
     * A version is gone.
     *
     * @param items that were taken out of the index
     * @param cpuSeconds processor time of the stages that hold something of it
     */
    record Result(double seconds, long items, double cpuSeconds) {}

    /** Says what has become of a version. */
    static void publish(CodebookManifest manifest) {
        MANIFESTS.add(manifest);
    }

    /** What the last retirement has come to; null: it goes on. */
    static Result result() {
        return result;
    }

    /** Hears how far a retirement is. */
    static void note(byte[] announcement) {
        SingleObjectFormat<RetirementProgress> format =
                SingleObjectFormat.of(RetirementProgress.class);
        try {
            if (format.recognizes(announcement) && result == null) {
                RetirementProgress progress = format.decode(announcement);
                if (progress.getProgress() == 1) {
                    result =
                            new Result(
                                    (System.nanoTime() - begin.nanos) / 1e9,
                                    progress.getItems(),
                                    cpuSeconds());
                }
            }
        } catch (MalformedRecordException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double cpuSeconds() {
        return CpuTimes.now().since(begin.cpu).entrySet().stream()
                .filter(use -> use.getKey().matches("task (index|resolve|publish).*"))
                .mapToDouble(use -> use.getValue())
                .sum();
    }

    @Override
    public Supplier<IncomingRecord> open(int subtask, int parallelism) {
        return new Supplier<>() {

            private long offset;

            @Override
            public IncomingRecord get() {
                CodebookManifest next = MANIFESTS.poll();
                if (next == null) {
                    return null;
                }
                if (next.getStatus() == CodebookStatus.RETIRED) {
                    result = null;
                    begin = new Begin(System.nanoTime(), CpuTimes.now());
                }
                return new IncomingRecord(
                        "codebooks",
                        0,
                        offset++,
                        System.currentTimeMillis(),
                        next.getVersion().getBytes(UTF_8),
                        SingleObjectFormat.of(CodebookManifest.class).encode(next));
            }
        };
    }
}
