package io.sidestream.operators;

import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.apache.flink.util.OutputTag;

/** Where a stage puts a record that it cannot take. */
public final class DeadLetters {

    public static final RecordType<DeadLetter> TYPE =
            RecordType.of(DeadLetter.class, new Format());

    /** The side output of every stage that refuses records. */
    public static final OutputTag<DeadLetter> TAG = new OutputTag<>("dead-letters", TYPE);

    private DeadLetters() {}

    /** A refused record, as it came. */
    public static DeadLetter of(IncomingRecord origin, DeadLetterCause cause, String message) {
        return DeadLetter.newBuilder()
                .setOriginTopic(origin.topic())
                .setOriginPartition(origin.partition())
                .setOriginOffset(origin.offset())
                .setOriginTimestamp(Instant.ofEpochMilli(origin.timestamp()))
                .setKey(origin.key() == null ? null : ByteBuffer.wrap(origin.key()))
                .setValue(origin.value() == null ? null : ByteBuffer.wrap(origin.value()))
                .setCause(cause)
                .setMessage(message)
                .build();
    }

    /** Between stages and the sink. */
    public static final class Format extends AvroRecordFormat<DeadLetter> {

        private static final long serialVersionUID = 1L;

        public Format() {
            super(DeadLetter.class);
        }
    }
}
