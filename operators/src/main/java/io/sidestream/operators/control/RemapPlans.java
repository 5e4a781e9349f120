package io.sidestream.operators.control;

import io.sidestream.operators.AvroRecordFormat;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A codebook version's remap plans, as far as they still matter. Immutable; whoever folds the same
 * records gets the same plans.
 *
 * @param inForce the plan that SIDs follow; null: none, SIDs have their full length
 * @param waiting a later plan that is not decided about; null: none
 */
public record RemapPlans(RemapPlan inForce, RemapPlan waiting) {

    public static final RecordType<RemapPlans> TYPE = RecordType.of(RemapPlans.class, new Format());

    public static final RemapPlans NONE = new RemapPlans(null, null);

    /** Epoch of the plan in force; 0: none. */
    public long epoch() {
        return epoch(inForce);
    }

    /** The highest epoch of a plan that is in force or waits. */
    public long lastEpoch() {
        return Math.max(epoch(inForce), epoch(waiting));
    }

    /**
     * The plans once another one has been announced; a plan of an earlier epoch changes nothing.
     */
    public RemapPlans with(RemapPlan plan) {
        return plan.getEpoch() > lastEpoch() ? new RemapPlans(inForce, plan) : this;
    }

    /** The plans after a step of one of them; one of an unknown plan changes nothing. */
    public RemapPlans with(RemapPlanStatus step) {
        if (waiting == null || step.getEpoch() != waiting.getEpoch()) {
            return this;
        }
        return switch (step.getStatus()) {
            case PLANNED, APPROVED -> this;
            case APPLYING, APPLIED -> new RemapPlans(waiting, null);
            case SUPERSEDED, REJECTED -> new RemapPlans(inForce, null);
        };
    }

    private static long epoch(RemapPlan plan) {
        return plan == null ? 0 : plan.getEpoch();
    }

    /** Layout: each plan in Avro, if there is one. */
    public static final class Format implements RecordFormat<RemapPlans> {

        private static final long serialVersionUID = 1L;

        private final PlanFormat plan = new PlanFormat();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(RemapPlans value, DataOutputView out) throws IOException {
            write(value.inForce, out);
            write(value.waiting, out);
        }

        private void write(RemapPlan value, DataOutputView out) throws IOException {
            out.writeBoolean(value != null);
            if (value != null) {
                plan.write(value, out);
            }
        }

        @Override
        public RemapPlans read(int version, DataInputView in) throws IOException {
            return new RemapPlans(readPlan(version, in), readPlan(version, in));
        }

        private RemapPlan readPlan(int version, DataInputView in) throws IOException {
            return in.readBoolean() ? plan.read(version, in) : null;
        }
    }

    /** A plan as it is in Kafka. */
    private static final class PlanFormat extends AvroRecordFormat<RemapPlan> {

        private static final long serialVersionUID = 1L;

        PlanFormat() {
            super(RemapPlan.class);
        }
    }
}
