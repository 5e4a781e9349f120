package io.sidestream.operators.resolve;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.index.ItemChange;
import io.sidestream.operators.index.PathChange;
import io.sidestream.sid.Disambiguation;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A change with its ordinal: what an item's SID has become.
 *
 * @param change the change that was asked for
 * @param ordinal the item's ordinal on the path; {@link Disambiguation#NO_ORDINAL} if it has none
 */
public record ResolvedSid(PathChange change, int ordinal) {

    public static final RecordType<ResolvedSid> TYPE =
            RecordType.of(ResolvedSid.class, new Format());

    public ItemChange item() {
        return change.item();
    }

    /** Layout: change, then the ordinal plus one. */
    public static final class Format implements RecordFormat<ResolvedSid> {

        private static final long serialVersionUID = 1L;

        private final PathChange.Format change = new PathChange.Format();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(ResolvedSid value, DataOutputView out) throws IOException {
            change.write(value.change, out);
            Fields.writeNumber(out, value.ordinal + 1L);
        }

        @Override
        public ResolvedSid read(int version, DataInputView in) throws IOException {
            return new ResolvedSid(change.read(version, in), (int) Fields.readNumber(in) - 1);
        }
    }
}
