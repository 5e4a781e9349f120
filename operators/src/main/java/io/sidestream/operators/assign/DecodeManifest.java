package io.sidestream.operators.assign;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Turns a record of {@code sid-codebooks} into a change of the live codebook versions.
 *
 * <p>Input: records as they came, of a topic with one partition. State: none. Output: {@link
 * CodebookChange}; what cannot be one goes to {@link DeadLetters#TAG}.
 */
public final class DecodeManifest extends ProcessFunction<IncomingRecord, CodebookChange>
        implements ResultTypeQueryable<CodebookChange> {

    private static final long serialVersionUID = 1L;

    private transient SingleObjectFormat<CodebookManifest> format;

    @Override
    public TypeInformation<CodebookChange> getProducedType() {
        return CodebookChange.TYPE;
    }

    @Override
    public void open(OpenContext context) {
        format = SingleObjectFormat.of(CodebookManifest.class);
    }

    @Override
    public void processElement(
            IncomingRecord record, Context context, Collector<CodebookChange> out) {
        try {
            out.collect(CodebookChange.decode(record, format));
        } catch (MalformedRecordException e) {
            context.output(DeadLetters.TAG, DeadLetters.of(record, e.causeCode(), e.getMessage()));
        }
    }
}
