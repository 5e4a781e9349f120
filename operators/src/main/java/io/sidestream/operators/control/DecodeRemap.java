package io.sidestream.operators.control;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.RemapPlan;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Decodes a record of {@code sid-remaps}.
 *
 * <p>Input: records as they came, of a topic with one partition. State: the highest epoch of every
 * version's plans; never cleared, as an epoch is never used again. Output: {@link RemapChange};
 * what cannot be one goes to {@link DeadLetters#TAG}. So does a plan whose epoch is far above the
 * highest one before it: the plans after it would run out of epochs.
 */
public final class DecodeRemap extends ProcessFunction<IncomingRecord, RemapChange>
        implements ResultTypeQueryable<RemapChange>, CheckpointedFunction {

    private static final long serialVersionUID = 1L;

    /** Between the epochs of two plans; the job makes them one by one. */
    static final long LARGEST_STEP = 1 << 20;

    private transient RemapChange.Decoder decoder;
    private transient ListState<Tuple2<String, Long>> epochs;
    private transient Map<String, Long> highest;

    @Override
    public TypeInformation<RemapChange> getProducedType() {
        return RemapChange.TYPE;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        epochs =
                context.getOperatorStateStore()
                        .getListState(
                                new ListStateDescriptor<>(
                                        "highest-epochs", Types.TUPLE(Types.STRING, Types.LONG)));
        highest = new HashMap<>();
        for (Tuple2<String, Long> epoch : epochs.get()) {
            highest.put(epoch.f0, epoch.f1);
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        epochs.update(
                highest.entrySet().stream()
                        .map(epoch -> Tuple2.of(epoch.getKey(), epoch.getValue()))
                        .toList());
    }

    @Override
    public void open(OpenContext context) {
        decoder = new RemapChange.Decoder();
    }

    @Override
    public void processElement(IncomingRecord record, Context context, Collector<RemapChange> out) {
        try {
            RemapChange change = decoder.decode(record);
            if (change.record() instanceof RemapPlan plan) {
                follow(change.version(), plan.getEpoch());
            }
            out.collect(change);
        } catch (MalformedRecordException e) {
            context.output(DeadLetters.TAG, DeadLetters.of(record, e.causeCode(), e.getMessage()));
        }
    }

    private void follow(String version, long epoch) throws MalformedRecordException {
        long before = highest.getOrDefault(version, 0L);
        if (epoch - before > LARGEST_STEP) {
            throw new MalformedRecordException(
                    DeadLetterCause.UNDECODABLE,
                    "A plan of version '%s' has epoch %d, and the highest one before it is %d; plans are numbered one by one"
                            .formatted(version, epoch, before));
        }
        highest.put(version, Math.max(before, epoch));
    }
}
