package io.sidestream.operators.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Turns a record of {@code sid-codebooks} into a change of the live codebook versions, if it is one
 * that a version's life allows: its content never changes, and once retired it never comes back.
 * All other stages rely on that.
 *
 * <p>Input: records as they came, of a topic with one partition. State: the last change of every
 * version that there ever was; never cleared, as a name is never used again. Output: {@link
 * CodebookChange}; what cannot be one goes to {@link DeadLetters#TAG}. Aliases are for the readers
 * of updates, and are passed over.
 */
public final class DecodeManifest extends ProcessFunction<IncomingRecord, CodebookChange>
        implements ResultTypeQueryable<CodebookChange>, CheckpointedFunction {

    private static final long serialVersionUID = 1L;

    private transient SingleObjectFormat<CodebookManifest> format;
    private transient ListState<CodebookChange> versions;
    private transient Map<String, CodebookChange> known;

    @Override
    public TypeInformation<CodebookChange> getProducedType() {
        return CodebookChange.TYPE;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        versions =
                context.getOperatorStateStore()
                        .getListState(new ListStateDescriptor<>("versions", CodebookChange.TYPE));
        known = new TreeMap<>();
        for (CodebookChange change : versions.get()) {
            known.put(change.version(), change);
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        versions.update(List.copyOf(known.values()));
    }

    @Override
    public void open(OpenContext context) {
        format = SingleObjectFormat.of(CodebookManifest.class);
    }

    @Override
    public void processElement(
            IncomingRecord record, Context context, Collector<CodebookChange> out) {
        if (record.key() != null && ControlKeys.isAlias(new String(record.key(), UTF_8))) {
            return;
        }
        try {
            CodebookChange change = CodebookChange.decode(record, format);
            CodebookChange before = known.get(change.version());
            if (before != null) {
                change.requireSuccessorOf(before);
            }
            known.put(change.version(), change);
            out.collect(change);
        } catch (MalformedRecordException e) {
            context.output(DeadLetters.TAG, DeadLetters.of(record, e.causeCode(), e.getMessage()));
        }
    }
}
