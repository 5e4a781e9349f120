package io.sidestream.operators.watch;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.combine.Tally.Erasure;
import io.sidestream.operators.combine.Tally.Stage;
import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * How far the other stages have erased a retired version. What was told in an earlier run of the
 * job does not count: in each run the stages tell everything anew.
 *
 * @param run of the job that the buckets were told in
 * @param buckets that hold nothing of the version any more, by {@link Stage}
 * @param items that have been taken out of the index, in all runs
 * @param done whether Watch itself has forgotten the version
 */
record Retirement(long run, long[] buckets, long items, boolean done) {

    static final RecordType<Retirement> TYPE = RecordType.of(Retirement.class, new Format());

    private static final int STAGES = Stage.values().length;

    static final Retirement NONE = new Retirement(0, new long[STAGES], 0, false);

    Retirement plus(Erasure erasure) {
        long[] sums = erasure.run() == run ? buckets.clone() : new long[STAGES];
        sums[erasure.stage().ordinal()] += erasure.buckets();
        return new Retirement(
                erasure.run(),
                sums,
                items + (erasure.stage() == Stage.INDEX ? erasure.entries() : 0),
                done);
    }

    Retirement asDone() {
        return new Retirement(run, buckets, items, true);
    }

    /**
     * From 0 to 1.
     *
     * @param bucketsOfAStage how many there are
     */
    double progress(int bucketsOfAStage) {
        return (double) Arrays.stream(buckets).sum() / ((long) bucketsOfAStage * STAGES);
    }

    /** Whether no stage holds anything of the version any more. */
    boolean isComplete(int bucketsOfAStage) {
        return Arrays.stream(buckets).allMatch(count -> count == bucketsOfAStage);
    }

    /** Layout: run, buckets of each stage, items, whether done. */
    public static final class Format implements RecordFormat<Retirement> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Retirement value, DataOutputView out) throws IOException {
            Fields.writeNumber(out, value.run);
            for (long count : value.buckets) {
                Fields.writeNumber(out, count);
            }
            Fields.writeNumber(out, value.items);
            out.writeBoolean(value.done);
        }

        @Override
        public Retirement read(int version, DataInputView in) throws IOException {
            long run = Fields.readNumber(in);
            long[] buckets = new long[STAGES];
            for (int stage = 0; stage < STAGES; stage++) {
                buckets[stage] = Fields.readNumber(in);
            }
            return new Retirement(run, buckets, Fields.readNumber(in), in.readBoolean());
        }
    }
}
