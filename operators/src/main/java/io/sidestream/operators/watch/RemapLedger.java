package io.sidestream.operators.watch;

import io.sidestream.operators.AvroRecordFormat;
import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.combine.Tally.Sweep;
import io.sidestream.operators.control.RemapPlans;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What Watch remembers of a codebook version's remap plans.
 *
 * @param lastEpoch the highest epoch of any plan
 * @param plans the one in force and the one that waits
 * @param applied whether the plan in force has reached all items
 * @param rejected the last plan that was rejected; null: none
 * @param decidedAt when the last plan was made, in milliseconds since the epoch
 * @param requests those that are not answered, in their order
 * @param sweeps how far plans have come, of those that are not done
 */
record RemapLedger(
        long lastEpoch,
        RemapPlans plans,
        boolean applied,
        RemapPlan rejected,
        long decidedAt,
        List<RemapRequest> requests,
        List<Sweep> sweeps) {

    static final RecordType<RemapLedger> TYPE = RecordType.of(RemapLedger.class, new Format());

    static final RemapLedger NONE =
            new RemapLedger(0, RemapPlans.NONE, false, null, 0, List.of(), List.of());

    /** Layout: the components in their order. */
    public static final class Format implements RecordFormat<RemapLedger> {

        private static final long serialVersionUID = 1L;

        private final RemapPlans.Format plans = new RemapPlans.Format();
        private final RequestFormat request = new RequestFormat();
        private final Tally.SweepFormat sweep = new Tally.SweepFormat();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(RemapLedger value, DataOutputView out) throws IOException {
            Fields.writeNumber(out, value.lastEpoch);
            plans.write(value.plans, out);
            out.writeBoolean(value.applied);
            plans.write(new RemapPlans(null, value.rejected), out);
            out.writeLong(value.decidedAt);
            Fields.writeNumber(out, value.requests.size());
            for (RemapRequest open : value.requests) {
                request.write(open, out);
            }
            Fields.writeNumber(out, value.sweeps.size());
            for (Sweep stretch : value.sweeps) {
                sweep.write(stretch, out);
            }
        }

        @Override
        public RemapLedger read(int version, DataInputView in) throws IOException {
            return new RemapLedger(
                    Fields.readNumber(in),
                    plans.read(version, in),
                    in.readBoolean(),
                    plans.read(version, in).waiting(),
                    in.readLong(),
                    readRequests(version, in),
                    readSweeps(version, in));
        }

        private List<RemapRequest> readRequests(int version, DataInputView in) throws IOException {
            int count = (int) Fields.readNumber(in);
            List<RemapRequest> requests = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                requests.add(request.read(version, in));
            }
            return requests;
        }

        private List<Sweep> readSweeps(int version, DataInputView in) throws IOException {
            int count = (int) Fields.readNumber(in);
            List<Sweep> sweeps = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                sweeps.add(sweep.read(version, in));
            }
            return sweeps;
        }
    }

    /** A request as it is in Kafka. */
    private static final class RequestFormat extends AvroRecordFormat<RemapRequest> {

        private static final long serialVersionUID = 1L;

        RequestFormat() {
            super(RemapRequest.class);
        }
    }
}
