package io.sidestream.operators.backfill;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.schema.MalformedRecordException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.co.BroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Decodes a record of {@code sid-assignments} into an item on its way to the index, and checks it
 * against the shape of its codebook version.
 *
 * <p>Input: records as they came, in any partitioning, and every {@link CodebookChange}, broadcast.
 * State: the layer sizes of every version that there ever was, the same in every subtask; never
 * cleared, since assignments under a retired version may still come and are left to the index.
 * Output: {@link AssignedItem}s of a backfill; what cannot be one goes to {@link DeadLetters#TAG}.
 * A record without a value is passed over.
 *
 * <p>A version's shape is always here before its assignments: a backfill begins when every subtask
 * of Assign has reported the version live, those reports are committed with a checkpoint, and its
 * barriers have passed this stage behind the manifest.
 */
public final class DecodeAssignment
        extends BroadcastProcessFunction<IncomingRecord, CodebookChange, AssignedItem>
        implements ResultTypeQueryable<AssignedItem> {

    private static final long serialVersionUID = 1L;

    /** By codebook version. */
    public static final MapStateDescriptor<String, int[]> LAYER_SIZES =
            new MapStateDescriptor<>(
                    "layer-sizes",
                    Types.STRING,
                    PrimitiveArrayTypeInfo.INT_PRIMITIVE_ARRAY_TYPE_INFO);

    private final DecodeOptions options;

    private transient ItemAssignments format;

    public DecodeAssignment(DecodeOptions options) {
        this.options = options;
    }

    @Override
    public TypeInformation<AssignedItem> getProducedType() {
        return AssignedItem.TYPE;
    }

    @Override
    public void open(OpenContext context) {
        format = new ItemAssignments();
    }

    @Override
    public void processBroadcastElement(
            CodebookChange change, Context context, Collector<AssignedItem> out) throws Exception {
        if (change.manifest() != null) {
            context.getBroadcastState(LAYER_SIZES)
                    .put(
                            change.version(),
                            change.manifest().getLayerSizes().stream()
                                    .mapToInt(Integer::intValue)
                                    .toArray());
        }
    }

    @Override
    public void processElement(
            IncomingRecord record, ReadOnlyContext context, Collector<AssignedItem> out)
            throws Exception {
        if (record.value() == null) {
            return;
        }
        ReadOnlyBroadcastState<String, int[]> sizes = context.getBroadcastState(LAYER_SIZES);
        try {
            out.collect(format.decode(record, options.maxIdLength(), sizes));
        } catch (MalformedRecordException e) {
            context.output(DeadLetters.TAG, DeadLetters.of(record, e.causeCode(), e.getMessage()));
        }
    }
}
