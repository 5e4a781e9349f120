package io.sidestream.bench.sweep;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.bench.CpuTimes;
import io.sidestream.operators.Announcement;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Instant;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * The topic of remap plans, in memory: what the job decides is read back at once. The clock starts
 * when a plan takes effect and stops when it is said to be applied. One run at a time, in this
 * process.
 */
final class RemapLoop implements Sink<Announcement>, FeedSource.Feed {

    private static final long serialVersionUID = 1L;

    private static final Queue<byte[]> RECORDS = new ConcurrentLinkedQueue<>();

    private static volatile Sweep sweep;

    private final String version;

    RemapLoop(String version) {
        this.version = version;
    }

    /** A sweep from its begin on. */
    static final class Sweep {

        private final long epoch;
        private final long begin = System.nanoTime();
        private final long beginMillis = System.currentTimeMillis();
        private final CpuTimes cpu = CpuTimes.now();
        private final LiveMeter.Window window = LiveMeter.begin();
        private volatile Result result;

        Sweep(long epoch) {
            this.epoch = epoch;
        }

        /** What came of it; null: it goes on. */
        Result result() {
            return result;
        }

        private void end(long moved) {
            long end = System.nanoTime();
            result =
                    new Result(
                            (end - begin) / 1e9,
                            beginMillis,
                            System.currentTimeMillis(),
                            moved,
                            CpuTimes.now().since(cpu).getOrDefault("task index", 0.0),
                            window.live());
        }
    }

    /**
     * A sweep that is over.
     *
     * @param cpuSeconds processor time of the index
     */
    record Result(
            double seconds,
            long beginMillis,
            long endMillis,
            long moved,
            double cpuSeconds,
            LiveMeter.Window.Live live) {}

    /** Asks for a plan that is applied at once. */
    void apply(RemapPolicyKind policy, int layer, double parameter) {
        sweep = null;
        RECORDS.add(
                SingleObjectFormat.of(RemapRequest.class)
                        .encode(
                                RemapRequest.newBuilder()
                                        .setRequestId(UUID.randomUUID().toString())
                                        .setCodebookVersion(version)
                                        .setAction(RemapAction.APPLY)
                                        .setLayer(layer)
                                        .setPolicy(policy)
                                        .setParameter(parameter)
                                        .setRequestedAt(Instant.now())
                                        .setRequestedBy("benchmark")
                                        .build()));
    }

    /** The last sweep that was asked for; null: it has not begun. */
    static Sweep sweep() {
        return sweep;
    }

    @Override
    public Supplier<IncomingRecord> open(int subtask, int parallelism) {
        return new Supplier<>() {

            private final SingleObjectFormat<RemapPlanStatus> steps =
                    SingleObjectFormat.of(RemapPlanStatus.class);
            private long lastEpoch;
            private long offset;

            @Override
            public IncomingRecord get() {
                byte[] value = RECORDS.poll();
                if (value == null) {
                    return null;
                }
                RemapPlanStatus step = decode(steps, value);
                if (step != null
                        && step.getStatus() == PlanStatus.APPLYING
                        && step.getEpoch() > lastEpoch) {
                    lastEpoch = step.getEpoch();
                    sweep = new Sweep(lastEpoch);
                }
                return new IncomingRecord(
                        "remaps",
                        0,
                        offset++,
                        System.currentTimeMillis(),
                        version.getBytes(UTF_8),
                        value);
            }
        };
    }

    @Override
    public SinkWriter<Announcement> createWriter(WriterInitContext context) {
        return new SinkWriter<>() {

            private final SingleObjectFormat<RemapPlanStatus> steps =
                    SingleObjectFormat.of(RemapPlanStatus.class);

            @Override
            public void write(Announcement announcement, Context ignored) {
                if (announcement.channel() == Announcement.Channel.PROGRESS) {
                    CodebookFeed.note(announcement.value());
                }
                if (announcement.channel() != Announcement.Channel.REMAPS) {
                    return;
                }
                RemapPlanStatus step = decode(steps, announcement.value());
                Sweep running = sweep;
                if (step != null
                        && step.getStatus() == PlanStatus.APPLIED
                        && running != null
                        && step.getEpoch() == running.epoch) {
                    running.end(step.getItemsMoved());
                }
                RECORDS.add(announcement.value());
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public void close() {}
        };
    }

    /** The step that a record is; null if it is something else. */
    private static RemapPlanStatus decode(SingleObjectFormat<RemapPlanStatus> steps, byte[] value) {
        try {
            return steps.recognizes(value) ? steps.decode(value) : null;
        } catch (MalformedRecordException e) {
            throw new IllegalStateException(e);
        }
    }
}
