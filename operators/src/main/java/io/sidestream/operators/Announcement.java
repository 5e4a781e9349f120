package io.sidestream.operators;

import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RetirementProgress;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.OutputTag;

/**
 * What the job has to say about a codebook version, ready to be sent. All of it is one stream, so
 * that it is committed together and in the order in which it was decided.
 *
 * @param channel decides the topic
 * @param key the record's key
 * @param value the record's value
 */
public record Announcement(Channel channel, String key, byte[] value) {

    public static final RecordType<Announcement> TYPE =
            RecordType.of(Announcement.class, new Format());

    /** The side output of a stage that has something else to say besides. */
    public static final OutputTag<Announcement> TAG = new OutputTag<>("announcements", TYPE);

    /** Where it is said. */
    public enum Channel {
        /** Reports and alerts: {@code sid-hourglass}. */
        HOURGLASS,
        /** Remap plans and the steps of their lives: {@code sid-remaps}. */
        REMAPS,
        /** How far the job is with a version: {@code sid-progress}. */
        PROGRESS
    }

    /** The announcement of a record about a codebook version; what it is decides the channel. */
    public static <T extends SpecificRecordBase> Announcement of(String codebookVersion, T record) {
        @SuppressWarnings("unchecked")
        Class<T> type = (Class<T>) record.getClass();
        byte[] value = SingleObjectFormat.of(type).encode(record);
        if (record instanceof LiveReport report) {
            String key = ControlKeys.live(codebookVersion, report.getSubtask());
            return new Announcement(Channel.PROGRESS, key, value);
        }
        if (record instanceof RetirementProgress) {
            String key = ControlKeys.retirement(codebookVersion);
            return new Announcement(Channel.PROGRESS, key, value);
        }
        boolean remap = record instanceof RemapPlan || record instanceof RemapPlanStatus;
        return new Announcement(remap ? Channel.REMAPS : Channel.HOURGLASS, codebookVersion, value);
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
            Fields.writeString(out, value.key);
            Fields.writeBytes(out, value.value);
        }

        @Override
        public Announcement read(int version, DataInputView in) throws IOException {
            return new Announcement(
                    CHANNELS[in.readByte()], Fields.readString(in), Fields.readBytes(in));
        }
    }
}
