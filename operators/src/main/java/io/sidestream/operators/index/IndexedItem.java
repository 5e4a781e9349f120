package io.sidestream.operators.index;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.sid.SidPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What the index knows of an item. A deleted item is remembered without versions: a late embedding
 * of an older revision must not bring it back, and its sequence must go on should it return.
 *
 * @param revision of the last embedding
 * @param explicitRevision whether the producer gave that revision; otherwise it is a Kafka offset
 * @param sequence number of the item's last change, from 1
 * @param versions the item under each codebook version; empty: deleted
 */
record IndexedItem(
        long revision, boolean explicitRevision, long sequence, List<VersionEntry> versions) {

    static final RecordType<IndexedItem> TYPE = RecordType.of(IndexedItem.class, new Format());

    /**
     * An item under one codebook version.
     *
     * @param codebookVersion the version
     * @param codes codes of all layers
     * @param residuals what each layer leaves unexplained, as {@link
     *     io.sidestream.quantize.RelativeResidual}s: what was counted can be taken away again
     * @param droppedLayer the layer whose token a remap plan dropped from its path; 0: none
     */
    record VersionEntry(String codebookVersion, int[] codes, int[] residuals, int droppedLayer) {

        SidPath path() {
            if (droppedLayer == 0) {
                return new SidPath(codebookVersion, codes);
            }
            int[] tokens = codes.clone();
            tokens[droppedLayer - 1] = SidPath.DROPPED;
            return new SidPath(codebookVersion, tokens);
        }

        /** Whether nothing that is published tells one from the other. */
        boolean isPublishedAs(VersionEntry other) {
            return droppedLayer == other.droppedLayer && Arrays.equals(codes, other.codes);
        }
    }

    boolean isDeleted() {
        return versions.isEmpty();
    }

    /**
     * Whether an arrival is older than what is known: by the numbers that the producer gave them,
     * if it did. Otherwise what arrives later is newer; offsets would say the same, until
     * partitions are added or the topic is made anew. A revision that a deletion has seen stays
     * deleted.
     */
    boolean isNewerThan(AssignedItem arrival) {
        return explicitRevision
                && arrival.explicitRevision()
                && (arrival.revision() < revision
                        || (isDeleted() && arrival.revision() == revision));
    }

    /** The entry of a version, or null. */
    VersionEntry under(String codebookVersion) {
        for (VersionEntry entry : versions) {
            if (entry.codebookVersion().equals(codebookVersion)) {
                return entry;
            }
        }
        return null;
    }

    /**
     * Layout: revision, whether explicit, sequence, then of each version its name, codes, residuals
     * and dropped layer.
     */
    public static final class Format implements RecordFormat<IndexedItem> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(IndexedItem value, DataOutputView out) throws IOException {
            out.writeLong(value.revision);
            out.writeBoolean(value.explicitRevision);
            Fields.writeNumber(out, value.sequence);
            Fields.writeNumber(out, value.versions.size());
            for (VersionEntry entry : value.versions) {
                Fields.writeString(out, entry.codebookVersion());
                Fields.writeTokens(out, entry.codes());
                Fields.writeInts(out, entry.residuals());
                Fields.writeNumber(out, entry.droppedLayer());
            }
        }

        @Override
        public IndexedItem read(int version, DataInputView in) throws IOException {
            long revision = in.readLong();
            boolean explicitRevision = in.readBoolean();
            long sequence = Fields.readNumber(in);
            int count = (int) Fields.readNumber(in);
            List<VersionEntry> versions = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                versions.add(
                        new VersionEntry(
                                Fields.readString(in),
                                Fields.readTokens(in),
                                Fields.readInts(in),
                                (int) Fields.readNumber(in)));
            }
            return new IndexedItem(revision, explicitRevision, sequence, versions);
        }
    }
}
