package io.sidestream.operators.control;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.MalformedRecordException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Turns a record of {@code sid-remaps} into what it says.
 *
 * <p>Input: records as they came, of a topic with one partition. State: none. Output: {@link
 * RemapChange}; what cannot be one goes to {@link DeadLetters#TAG}.
 */
public final class DecodeRemap extends ProcessFunction<IncomingRecord, RemapChange>
        implements ResultTypeQueryable<RemapChange> {

    private static final long serialVersionUID = 1L;

    private transient RemapChange.Decoder decoder;

    @Override
    public TypeInformation<RemapChange> getProducedType() {
        return RemapChange.TYPE;
    }

    @Override
    public void open(OpenContext context) {
        decoder = new RemapChange.Decoder();
    }

    @Override
    public void processElement(IncomingRecord record, Context context, Collector<RemapChange> out) {
        try {
            out.collect(decoder.decode(record));
        } catch (MalformedRecordException e) {
            context.output(DeadLetters.TAG, DeadLetters.of(record, e.causeCode(), e.getMessage()));
        }
    }
}
