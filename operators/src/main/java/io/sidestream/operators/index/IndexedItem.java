package io.sidestream.operators.index;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Place;
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
 * @param place where its last embedding is, or its deletion
 * @param explicitRevision of its last embedding, if the producer gave one; otherwise null
 * @param sequence number of the item's last change, from 1
 * @param deleted whether it is
 * @param versions the item under each codebook version
 */
record IndexedItem(
        Place place,
        Long explicitRevision,
        long sequence,
        boolean deleted,
        List<VersionEntry> versions) {

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

    /** Order among the item's embeddings: as the producer says, otherwise the offset. */
    long revision() {
        return explicitRevision != null ? explicitRevision : place.offset();
    }

    /**
     * Whether an arrival is older than what is known: by the numbers that the producer gave them,
     * if it did. Otherwise what arrives later is newer; offsets would say the same, until
     * partitions are added or the topic is made anew. A revision that a deletion has seen stays
     * deleted.
     */
    boolean isNewerThan(AssignedItem arrival) {
        return explicitRevision != null
                && arrival.explicitRevision() != null
                && (arrival.explicitRevision() < explicitRevision
                        || (deleted && arrival.explicitRevision().equals(explicitRevision)));
    }

    /**
     * Whether a backfilled embedding is the item's last one. Nothing but the very same record will
     * do: another one is older, and was superseded or deleted since, or it is newer, and comes by
     * itself.
     */
    boolean isAt(Place backfilled) {
        return !deleted && place.equals(backfilled);
    }

    /** The item with other versions, at another number in its sequence. */
    IndexedItem with(long newSequence, List<VersionEntry> newVersions) {
        return new IndexedItem(place, explicitRevision, newSequence, deleted, newVersions);
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
     * Layout: place, whether there is a revision and which, sequence, whether deleted, then of each
     * version its name, codes, residuals and dropped layer.
     */
    public static final class Format implements RecordFormat<IndexedItem> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(IndexedItem value, DataOutputView out) throws IOException {
            value.place.write(out);
            Fields.writeNullableLong(out, value.explicitRevision);
            Fields.writeNumber(out, value.sequence);
            out.writeBoolean(value.deleted);
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
            Place place = Place.read(in);
            Long explicitRevision = Fields.readNullableLong(in);
            long sequence = Fields.readNumber(in);
            boolean deleted = in.readBoolean();
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
            return new IndexedItem(place, explicitRevision, sequence, deleted, versions);
        }
    }
}
