package io.sidestream.operators.watch;

import io.sidestream.hourglass.AlertStatus;
import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Where an alert stands, and the rule it stands under: rules may be gone when a job is restored.
 *
 * @param rule the rule's text
 * @param status of its alert
 */
record TrackedAlert(String rule, AlertStatus status) {

    static final RecordType<TrackedAlert> TYPE = RecordType.of(TrackedAlert.class, new Format());

    /** Layout: rule, then the components of the status in their order. */
    public static final class Format implements RecordFormat<TrackedAlert> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(TrackedAlert value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.rule);
            out.writeBoolean(value.status.open());
            Fields.writeNumber(out, value.status.streak());
            out.writeLong(value.status.since());
            Fields.writeString(out, value.status.alertId());
        }

        @Override
        public TrackedAlert read(int version, DataInputView in) throws IOException {
            return new TrackedAlert(
                    Fields.readString(in),
                    new AlertStatus(
                            in.readBoolean(),
                            (int) Fields.readNumber(in),
                            in.readLong(),
                            Fields.readString(in)));
        }
    }
}
