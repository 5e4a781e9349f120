package io.sidestream.operators;

import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.Quote;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.apache.flink.util.OutputTag;

/** Where a stage puts a record that it cannot take. */
public final class DeadLetters {

    public static final RecordType<DeadLetter> TYPE = RecordType.of(DeadLetter.class, new Format());

    /** The side output of every stage that refuses records. */
    public static final OutputTag<DeadLetter> TAG = new OutputTag<>("dead-letters", TYPE);

    /** The key is written twice, and together it all stays below Kafka's default of 1 MiB. */
    private static final int LONGEST_KEY = 64 << 10;

    private static final int LONGEST_VALUE = 768 << 10;

    private DeadLetters() {}

    /**
     * A refused record, as it came; of an oversized one only the beginning, so that its dead letter
     * fits into a Kafka record, and the job does not stop over it.
     */
    public static DeadLetter of(IncomingRecord origin, DeadLetterCause cause, String message) {
        return DeadLetter.newBuilder()
                .setOriginTopic(origin.topic())
                .setOriginPartition(origin.partition())
                .setOriginOffset(origin.offset())
                .setOriginTimestamp(Instant.ofEpochMilli(origin.timestamp()))
                .setKey(beginning(origin.key(), LONGEST_KEY))
                .setValue(beginning(origin.value(), LONGEST_VALUE))
                .setCause(cause)
                .setMessage(Quote.message(message) + whatIsCut(origin))
                .build();
    }

    private static ByteBuffer beginning(byte[] bytes, int longest) {
        return bytes == null ? null : ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, longest));
    }

    private static String whatIsCut(IncomingRecord origin) {
        int key = origin.key() == null ? 0 : origin.key().length;
        int value = origin.value() == null ? 0 : origin.value().length;
        return key <= LONGEST_KEY && value <= LONGEST_VALUE
                ? ""
                : " (the record is longer than what is kept here: its key has %d bytes, its value %d)"
                        .formatted(key, value);
    }

    /** Between stages and the sink. */
    public static final class Format extends AvroRecordFormat<DeadLetter> {

        private static final long serialVersionUID = 1L;

        public Format() {
            super(DeadLetter.class);
        }
    }
}
