package io.sidestream.operators.assign;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.schema.PartitionPosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * From where on a subtask has assigned every arrival under a codebook version.
 *
 * @param codebookVersion the version
 * @param gap whether it does not now, because the codebook cannot be loaded
 * @param positions by partition of {@code item-embeddings}; later arrivals are assigned
 */
record LiveSince(String codebookVersion, boolean gap, List<PartitionPosition> positions) {

    static final RecordType<LiveSince> TYPE = RecordType.of(LiveSince.class, new Format());

    /** Layout: version, whether there is a gap, then partition and offset of each position. */
    public static final class Format implements RecordFormat<LiveSince> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(LiveSince value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.codebookVersion);
            out.writeBoolean(value.gap);
            Fields.writeNumber(out, value.positions.size());
            for (PartitionPosition position : value.positions) {
                Fields.writeNumber(out, position.getPartition());
                Fields.writeNumber(out, position.getOffset());
            }
        }

        @Override
        public LiveSince read(int version, DataInputView in) throws IOException {
            String codebookVersion = Fields.readString(in);
            boolean gap = in.readBoolean();
            int count = (int) Fields.readNumber(in);
            List<PartitionPosition> positions = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                positions.add(
                        new PartitionPosition((int) Fields.readNumber(in), Fields.readNumber(in)));
            }
            return new LiveSince(codebookVersion, gap, positions);
        }
    }
}
