package io.sidestream.operators.watch;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What Watch has to say about a codebook version, ready to be sent. Reports, alerts and plans are
 * one stream, so that they are committed together and in the order in which they were decided.
 *
 * @param channel decides the topic
 * @param codebookVersion the record's key
 * @param value the record's value
 */
public record Announcement(Channel channel, String codebookVersion, byte[] value) {

    public static final RecordType<Announcement> TYPE =
            RecordType.of(Announcement.class, new Format());

    /** Where it is said. */
    public enum Channel {
        /** Reports and alerts: {@code sid-hourglass}. */
        HOURGLASS,
        /** Remap plans and the steps of their lives: {@code sid-remaps}. */
        REMAPS
    }

    /** The announcement of a record; what it is decides the channel. */
    static <T extends SpecificRecordBase> Announcement of(String codebookVersion, T record) {
        @SuppressWarnings("unchecked")
        Class<T> type = (Class<T>) record.getClass();
        boolean remap = record instanceof RemapPlan || record instanceof RemapPlanStatus;
        return new Announcement(
                remap ? Channel.REMAPS : Channel.HOURGLASS,
                codebookVersion,
                SingleObjectFormat.of(type).encode(record));
    }

    /** Layout: the components in their order. */
    public static final class Format implements RecordFormat<Announcement> {

        private static final long serialVersionUID = 1L;
        private static final Channel[] CHANNELS = Channel.values();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Announcement value, DataOutputView out) throws IOException {
            out.writeByte(value.channel.ordinal());
            Fields.writeString(out, value.codebookVersion);
            Fields.writeBytes(out, value.value);
        }

        @Override
        public Announcement read(int version, DataInputView in) throws IOException {
            return new Announcement(
                    CHANNELS[in.readByte()], Fields.readString(in), Fields.readBytes(in));
        }
    }
}
