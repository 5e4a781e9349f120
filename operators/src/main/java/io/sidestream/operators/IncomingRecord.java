package io.sidestream.operators;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A record as it came from Kafka, nothing looked into.
 *
 * @param topic where it came from
 * @param partition of that topic
 * @param offset in that partition
 * @param timestamp milliseconds since the epoch
 * @param key may be null
 * @param value may be null
 */
public record IncomingRecord(
        String topic, int partition, long offset, long timestamp, byte[] key, byte[] value) {

    public static final RecordType<IncomingRecord> TYPE =
            RecordType.of(IncomingRecord.class, new Format());

    /** For messages to people. */
    public String origin() {
        return "%s-%d@%d".formatted(topic, partition, offset);
    }

    /** Layout: topic, partition, offset, timestamp, key, value. */
    public static final class Format implements RecordFormat<IncomingRecord> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(IncomingRecord value, DataOutputView out) throws IOException {
            Fields.writeString(out, value.topic);
            out.writeInt(value.partition);
            out.writeLong(value.offset);
            out.writeLong(value.timestamp);
            Fields.writeNullableBytes(out, value.key);
            Fields.writeNullableBytes(out, value.value);
        }

        @Override
        public IncomingRecord read(int version, DataInputView in) throws IOException {
            return new IncomingRecord(
                    Fields.readString(in),
                    in.readInt(),
                    in.readLong(),
                    in.readLong(),
                    Fields.readNullableBytes(in),
                    Fields.readNullableBytes(in));
        }
    }
}
