package io.sidestream.operators.backfill;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.assign.Place;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.ItemAssignment;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Backfilled items as records of {@code sid-assignments}. Not thread-safe. */
public final class ItemAssignments {

    /** No codebook has as many codewords in a layer. */
    private static final int HIGHEST_CODE = (1 << 24) - 1;

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
     * @throws MalformedRecordException if it is not one that a backfill writes
     */
    AssignedItem decode(IncomingRecord record) throws MalformedRecordException {
        if (record.key() == null) {
            throw refusal("The record has no key; it must be the item id in UTF-8");
        }
        ItemAssignment assignment = format.decode(record.value());
        String key = new String(record.key(), UTF_8);
        if (!assignment.getItemId().equals(key)) {
            throw refusal(
                    "item_id '%s' is not the record's key '%s'; they must be equal"
                            .formatted(assignment.getItemId(), key));
        }
        int[] codes = array(assignment.getCodes());
        int[] residuals = array(assignment.getResiduals());
        if (codes.length == 0 || codes.length != residuals.length) {
            throw refusal(
                    "There are %d codes and %d residuals; each layer has one of both"
                            .formatted(codes.length, residuals.length));
        }
        for (int code : codes) {
            if (code < 0 || code > HIGHEST_CODE) {
                throw refusal("Code %d is not from 0 to %d".formatted(code, HIGHEST_CODE));
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
