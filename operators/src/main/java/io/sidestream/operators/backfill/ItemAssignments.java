package io.sidestream.operators.backfill;

import static io.sidestream.schema.Quote.quote;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.assign.Place;
import io.sidestream.operators.decode.ItemId;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.ItemAssignment;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;

/** Backfilled items as records of {@code sid-assignments}. Not thread-safe. */
public final class ItemAssignments {

    private final SingleObjectFormat<ItemAssignment> format =
            SingleObjectFormat.of(ItemAssignment.class);

    /**
     * The value of the record of an item.
     *
     * @param item assigned under one version
     */
    public byte[] encode(AssignedItem item) {
        Assignment assignment = item.assignments().get(0);
        return format.encode(
                new ItemAssignment(
                        item.itemId(),
                        assignment.codebookVersion(),
                        Arrays.stream(assignment.codes()).boxed().toList(),
                        Arrays.stream(assignment.residuals()).boxed().toList(),
                        item.place().partition(),
                        item.place().offset(),
                        item.explicitRevision(),
                        Instant.ofEpochMilli(item.eventTime())));
    }

    /**
     * The item of a record.
     *
     * @param maxIdLength the longest item id, in bytes of UTF-8
     * @param layerSizes of each codebook version that is known
     * @throws MalformedRecordException if it is not one that a backfill writes
     */
    AssignedItem decode(
            IncomingRecord record,
            int maxIdLength,
            ReadOnlyBroadcastState<String, int[]> layerSizes)
            throws Exception {
        ItemId.requireUsable(record.key(), maxIdLength);
        ItemAssignment assignment = format.decode(record.value());
        ItemId.requireSame(assignment.getItemId(), record.key());
        int[] codes = array(assignment.getCodes());
        int[] residuals = array(assignment.getResiduals());
        int[] sizes = layerSizes.get(assignment.getCodebookVersion());
        if (sizes == null) {
            throw new MalformedRecordException(
                    DeadLetterCause.UNKNOWN_CODEBOOK,
                    "Codebook version %s is unknown; publish it, then backfill it"
                            .formatted(quote(assignment.getCodebookVersion())));
        }
        if (codes.length != sizes.length || residuals.length != sizes.length) {
            throw refusal(
                    "There are %d codes and %d residuals; codebook version '%s' has %d layers"
                            .formatted(
                                    codes.length,
                                    residuals.length,
                                    assignment.getCodebookVersion(),
                                    sizes.length));
        }
        for (int layer = 1; layer <= sizes.length; layer++) {
            int code = codes[layer - 1];
            if (code < 0 || code >= sizes[layer - 1]) {
                throw refusal(
                        "Code %d of layer %d is not from 0 to %d, as in codebook version '%s'"
                                .formatted(
                                        code,
                                        layer,
                                        sizes[layer - 1] - 1,
                                        assignment.getCodebookVersion()));
            }
        }
        if (assignment.getPartition() < 0 || assignment.getOffset() < 0) {
            throw refusal(
                    "There is no partition %d with an offset %d"
                            .formatted(assignment.getPartition(), assignment.getOffset()));
        }
        return new AssignedItem(
                assignment.getItemId(),
                AssignedItem.Source.BACKFILL,
                new Place(assignment.getPartition(), assignment.getOffset()),
                assignment.getRevision(),
                assignment.getEventTime().toEpochMilli(),
                List.of(new Assignment(assignment.getCodebookVersion(), codes, residuals)));
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private static MalformedRecordException refusal(String message) {
        return new MalformedRecordException(DeadLetterCause.UNDECODABLE, message);
    }
}
