package io.sidestream.operators.decode;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.MalformedRecordException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Turns a record of {@code item-embeddings} into an embedding or a deletion.
 *
 * <p>Input: records as they came, in any partitioning that keeps a Kafka partition's order. State:
 * none. Output: {@link DecodedItem}; what cannot be one goes to {@link DeadLetters#TAG}.
 */
public final class Decode extends ProcessFunction<IncomingRecord, DecodedItem>
        implements ResultTypeQueryable<DecodedItem> {

    private static final long serialVersionUID = 1L;

    private final DecodeOptions options;
    private transient ItemDecoder decoder;

    public Decode(DecodeOptions options) {
        this.options = options;
    }

    @Override
    public TypeInformation<DecodedItem> getProducedType() {
        return DecodedItem.TYPE;
    }

    @Override
    public void open(OpenContext context) {
        decoder = new ItemDecoder(options);
    }

    @Override
    public void processElement(IncomingRecord record, Context context, Collector<DecodedItem> out) {
        try {
            out.collect(decoder.decode(record));
        } catch (MalformedRecordException e) {
            context.output(DeadLetters.TAG, DeadLetters.of(record, e.causeCode(), e.getMessage()));
        }
    }
}
