package io.sidestream.operators.assign;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
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
 * @param revision order among the item's embeddings
 * @param explicitRevision whether the producer gave the revision; otherwise it is the Kafka offset
 * @param eventTime milliseconds since the epoch
 * @param assignments codes; empty: the item is deleted
 */
public record AssignedItem(
        String itemId,
        long revision,
        boolean explicitRevision,
        long eventTime,
        List<Assignment> assignments) {

    public static final RecordType<AssignedItem> TYPE =
            RecordType.of(AssignedItem.class, new Format());

    public boolean isDeletion() {
        return assignments.isEmpty();
    }

    /**
     * Layout: item id, revision, whether explicit, event time, then version, codes and residuals of
     * each.
     */
    public static final class Format implements RecordFormat<AssignedItem> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(AssignedItem value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.itemId);
            out.writeLong(value.revision);
            out.writeBoolean(value.explicitRevision);
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
            long revision = in.readLong();
            boolean explicitRevision = in.readBoolean();
            long eventTime = in.readLong();
            int count = (int) Fields.readNumber(in);
            List<Assignment> assignments = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                assignments.add(
                        new Assignment(
                                Fields.readString(in), Fields.readTokens(in), Fields.readInts(in)));
            }
            return new AssignedItem(itemId, revision, explicitRevision, eventTime, assignments);
        }
    }
}
