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
 * @param sweeps how far sweeps have come; usually none
 */
public record Tally(
        String codebookVersion,
        TokenDeltas standing,
        TokenDeltas arrivals,
        Paths paths,
        List<Sweep> sweeps) {

    public static final RecordType<Tally> TYPE = RecordType.of(Tally.class, new Format());

    /** The side output of every stage that counts. */
    public static final OutputTag<Tally> TAG = new OutputTag<>("tallies", TYPE);

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
    public static final class Format implements RecordFormat<Tally> {

        private static final long serialVersionUID = 1L;

        private final TokenDeltas.Format tokens = new TokenDeltas.Format();
        private final PathsFormat paths = new PathsFormat();
        private final SweepFormat sweep = new SweepFormat();

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
            return new Tally(codebookVersion, standing, arrivals, pathDeltas, sweeps);
        }
    }
}
