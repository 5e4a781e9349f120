package io.sidestream.operators.combine;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.OutputTag;

/**
 * What one subtask has changed of one codebook version since it last said so.
 *
 * @param codebookVersion the version
 * @param standing of the live items
 * @param arrivals of the embeddings taken in, whether or not they changed anything; they only grow
 * @param paths of the paths that SIDs are on
 * @param sweeps how far sweeps of remap plans have come; usually none
 * @param erasures how far the sweeps of a version that is retired have come; usually none
 */
public record Tally(
        String codebookVersion,
        TokenDeltas standing,
        TokenDeltas arrivals,
        Paths paths,
        List<Sweep> sweeps,
        List<Erasure> erasures) {

    public static final RecordType<Tally> TYPE = RecordType.of(Tally.class, new Format());

    /** The side output of every stage that counts. */
    public static final OutputTag<Tally> TAG = new OutputTag<>("tallies", TYPE);

    /** A tally without changes: the version is in use, though nothing may have arrived yet. */
    public static Tally none(String codebookVersion) {
        return new Tally(
                codebookVersion,
                TokenDeltas.NONE,
                TokenDeltas.NONE,
                Paths.NONE,
                List.of(),
                List.of());
    }

    /**
     * By how much the paths have become more.
     *
     * @param distinct paths with at least one item
     * @param singletons paths with one item
     * @param members items on paths
     */
    public record Paths(long distinct, long singletons, long members) {

        public static final RecordType<Paths> TYPE = RecordType.of(Paths.class, new PathsFormat());

        public static final Paths NONE = new Paths(0, 0, 0);

        public Paths plus(Paths other) {
            return new Paths(
                    distinct + other.distinct,
                    singletons + other.singletons,
                    members + other.members);
        }
    }

    /**
     * A stretch of the way of a remap plan through the items that are indexed.
     *
     * @param epoch of the plan
     * @param buckets that it has reached
     * @param moved items whose path it has changed there
     */
    public record Sweep(long epoch, long buckets, long moved) {

        public Sweep plus(Sweep other) {
            return new Sweep(epoch, buckets + other.buckets, moved + other.moved);
        }
    }

    /** A stage that a retired version is erased from. */
    public enum Stage {
        INDEX,
        RESOLVE,
        PUBLISH
    }

    /**
     * A stretch of the way of a retired version's erasure.
     *
     * @param stage where it is erased
     * @param run of the job; in each run a stage tells of every bucket once
     * @param buckets that hold nothing of it any more
     * @param entries of state that have been taken out there
     */
    public record Erasure(Stage stage, long run, long buckets, long entries) {

        Erasure plus(Erasure other) {
            return new Erasure(stage, run, buckets + other.buckets, entries + other.entries);
        }
    }

    /** Layout: the components in their order. */
    public static final class PathsFormat implements RecordFormat<Paths> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Paths value, DataOutputView out) throws IOException {
            Fields.writeSigned(out, value.distinct);
            Fields.writeSigned(out, value.singletons);
            Fields.writeSigned(out, value.members);
        }

        @Override
        public Paths read(int version, DataInputView in) throws IOException {
            return new Paths(Fields.readSigned(in), Fields.readSigned(in), Fields.readSigned(in));
        }
    }

    /** Layout: the components in their order. */
    public static final class SweepFormat implements RecordFormat<Sweep> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Sweep value, DataOutputView out) throws IOException {
            Fields.writeNumber(out, value.epoch);
            Fields.writeNumber(out, value.buckets);
            Fields.writeNumber(out, value.moved);
        }

        @Override
        public Sweep read(int version, DataInputView in) throws IOException {
            return new Sweep(Fields.readNumber(in), Fields.readNumber(in), Fields.readNumber(in));
        }
    }

    /** Layout: the components in their order. */
    public static final class ErasureFormat implements RecordFormat<Erasure> {

        private static final long serialVersionUID = 1L;
        private static final Stage[] STAGES = Stage.values();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Erasure value, DataOutputView out) throws IOException {
            out.writeByte(value.stage.ordinal());
            Fields.writeNumber(out, value.run);
            Fields.writeNumber(out, value.buckets);
            Fields.writeNumber(out, value.entries);
        }

        @Override
        public Erasure read(int version, DataInputView in) throws IOException {
            return new Erasure(
                    STAGES[in.readByte()],
                    Fields.readNumber(in),
                    Fields.readNumber(in),
                    Fields.readNumber(in));
        }
    }

    /** Layout: the components in their order. */
    public static final class Format implements RecordFormat<Tally> {

        private static final long serialVersionUID = 1L;

        private final TokenDeltas.Format tokens = new TokenDeltas.Format();
        private final PathsFormat paths = new PathsFormat();
        private final SweepFormat sweep = new SweepFormat();
        private final ErasureFormat erasure = new ErasureFormat();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Tally value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.codebookVersion);
            tokens.write(value.standing, out);
            tokens.write(value.arrivals, out);
            paths.write(value.paths, out);
            Fields.writeNumber(out, value.sweeps.size());
            for (Sweep stretch : value.sweeps) {
                sweep.write(stretch, out);
            }
            Fields.writeNumber(out, value.erasures.size());
            for (Erasure stretch : value.erasures) {
                erasure.write(stretch, out);
            }
        }

        @Override
        public Tally read(int version, DataInputView in) throws IOException {
            String codebookVersion = Fields.readString(in);
            TokenDeltas standing = tokens.read(version, in);
            TokenDeltas arrivals = tokens.read(version, in);
            Paths pathDeltas = paths.read(version, in);
            int count = (int) Fields.readNumber(in);
            List<Sweep> sweeps = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                sweeps.add(sweep.read(version, in));
            }
            count = (int) Fields.readNumber(in);
            List<Erasure> erasures = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                erasures.add(erasure.read(version, in));
            }
            return new Tally(codebookVersion, standing, arrivals, pathDeltas, sweeps, erasures);
        }
    }
}
