package io.sidestream.operators.publish;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What was last said about an item under one codebook version.
 *
 * @param sequence of the change that was published
 * @param sidText the SID; empty: it was deleted
 */
record LastPublished(long sequence, String sidText) {

    static final RecordType<LastPublished> TYPE = RecordType.of(LastPublished.class, new Format());

    /** Layout: sequence, SID text. */
    public static final class Format implements RecordFormat<LastPublished> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(LastPublished value, DataOutputView out) throws IOException {
            Fields.writeNumber(out, value.sequence);
            Fields.writeString(out, value.sidText);
        }

        @Override
        public LastPublished read(int version, DataInputView in) throws IOException {
            return new LastPublished(Fields.readNumber(in), Fields.readString(in));
        }
    }
}
