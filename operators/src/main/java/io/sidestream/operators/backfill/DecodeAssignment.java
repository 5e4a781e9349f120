package io.sidestream.operators.backfill;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.schema.MalformedRecordException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Turns a record of {@code sid-assignments} into an item on its way to the index.
 *
 * <p>Input: records as they came, in any partitioning. State: none. Output: {@link AssignedItem}s
 * of a backfill; what cannot be one goes to {@link DeadLetters#TAG}. A record without a value says
 * nothing, and is only there to be read.
 */
public final class DecodeAssignment extends ProcessFunction<IncomingRecord, AssignedItem>
        implements ResultTypeQueryable<AssignedItem> {

    private static final long serialVersionUID = 1L;

    private transient ItemAssignments format;

    @Override
    public TypeInformation<AssignedItem> getProducedType() {
        return AssignedItem.TYPE;
    }

    @Override
    public void open(OpenContext context) {
        format = new ItemAssignments();
    }

    @Override
    public void processElement(
            IncomingRecord record, Context context, Collector<AssignedItem> out) {
        if (record.value() == null) {
            return;
        }
        try {
            out.collect(format.decode(record));
        } catch (MalformedRecordException e) {
            context.output(DeadLetters.TAG, DeadLetters.of(record, e.causeCode(), e.getMessage()));
        }
    }
}
