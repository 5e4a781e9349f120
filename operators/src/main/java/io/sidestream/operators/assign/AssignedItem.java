package io.sidestream.operators.assign;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.decode.DecodedItem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * An item on its way to the index: its codes under every live codebook version that takes its
 * embedding, or its deletion.
 *
 * @param itemId the item
 * @param source how its record came here
 * @param place where that record is
 * @param explicitRevision order among the item's embeddings, if the producer gave it; otherwise
 *     null
 * @param eventTime milliseconds since the epoch
 * @param assignments codes; empty: the item is deleted
 */
public record AssignedItem(
        String itemId,
        Source source,
        Place place,
        Long explicitRevision,
        long eventTime,
        List<Assignment> assignments) {

    public static final RecordType<AssignedItem> TYPE =
            RecordType.of(AssignedItem.class, new Format());

    /** How a record comes to the index. */
    public enum Source {
        /** It has just been read from {@code item-embeddings}. */
        ARRIVAL,
        /** It has been there for long, and was assigned under a new codebook version since. */
        BACKFILL
    }

    /** An item as it was decoded, with what it has been assigned. */
    public static AssignedItem of(DecodedItem item, Source source, List<Assignment> assignments) {
        return new AssignedItem(
                item.itemId(),
                source,
                new Place(item.origin().partition(), item.origin().offset()),
                item.explicitRevision(),
                item.eventTime(),
                assignments);
    }

    public boolean isDeletion() {
        return assignments.isEmpty();
    }

    /** Order among the item's embeddings: as the producer says, otherwise the offset. */
    public long revision() {
        return explicitRevision != null ? explicitRevision : place.offset();
    }

    /**
     * Layout: item id, source, place, whether there is a revision and which, event time, then
     * version, codes and residuals of each.
     */
    public static final class Format implements RecordFormat<AssignedItem> {

        private static final long serialVersionUID = 1L;
        private static final Source[] SOURCES = Source.values();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(AssignedItem value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.itemId);
            out.writeByte(value.source.ordinal());
            value.place.write(out);
            Fields.writeNullableLong(out, value.explicitRevision);
            out.writeLong(value.eventTime);
            Fields.writeNumber(out, value.assignments.size());
            for (Assignment assignment : value.assignments) {
                Fields.writeString(out, assignment.codebookVersion());
                Fields.writeTokens(out, assignment.codes());
                Fields.writeInts(out, assignment.residuals());
            }
        }

        @Override
        public AssignedItem read(int version, DataInputView in) throws IOException {
            String itemId = Fields.readString(in);
            Source source = SOURCES[in.readByte()];
            Place place = Place.read(in);
            Long explicitRevision = Fields.readNullableLong(in);
            long eventTime = in.readLong();
            int count = (int) Fields.readNumber(in);
            List<Assignment> assignments = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                assignments.add(
                        new Assignment(
                                Fields.readString(in), Fields.readTokens(in), Fields.readInts(in)));
            }
            return new AssignedItem(
                    itemId, source, place, explicitRevision, eventTime, assignments);
        }
    }
}
