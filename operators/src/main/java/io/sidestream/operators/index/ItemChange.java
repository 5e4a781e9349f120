package io.sidestream.operators.index;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * One change of one item, as decided by the index.
 *
 * @param itemId the item
 * @param sequence order among the item's changes
 * @param reason why it changes
 * @param codes codes of all layers; empty when it leaves
 * @param remapEpoch epoch of the remap plan in force; 0: none
 * @param revision of the embedding behind it
 * @param eventTime milliseconds since the epoch
 */
public record ItemChange(
        String itemId,
        long sequence,
        UpdateReason reason,
        int[] codes,
        long remapEpoch,
        long revision,
        long eventTime) {

    /** Layout: the components in their order. */
    static final class Format implements RecordFormat<ItemChange> {

        private static final long serialVersionUID = 1L;
        private static final UpdateReason[] REASONS = UpdateReason.values();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(ItemChange value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.itemId);
            Fields.writeNumber(out, value.sequence);
            out.writeByte(value.reason.ordinal());
            Fields.writeTokens(out, value.codes);
            Fields.writeNumber(out, value.remapEpoch);
            out.writeLong(value.revision);
            out.writeLong(value.eventTime);
        }

        @Override
        public ItemChange read(int version, DataInputView in) throws IOException {
            return new ItemChange(
                    Fields.readString(in),
                    Fields.readNumber(in),
                    REASONS[in.readByte()],
                    Fields.readTokens(in),
                    Fields.readNumber(in),
                    in.readLong(),
                    in.readLong());
        }
    }
}
