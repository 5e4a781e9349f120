package io.sidestream.operators.decode;

import io.sidestream.operators.AsItCameFormat;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.RecordType;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.MalformedRecordException;
import java.nio.charset.StandardCharsets;

/**
 * An embedding or a deletion, with the record it came in: a later stage may still have to put that
 * record among the dead letters.
 *
 * @param origin the record
 * @param itemId the item
 * @param message the embedding; null: the item is deleted
 */
public record DecodedItem(IncomingRecord origin, String itemId, EmbeddingMessage message) {

    public static final RecordType<DecodedItem> TYPE =
            RecordType.of(DecodedItem.class, new Format());

    public boolean isDeletion() {
        return message == null;
    }

    /** Order among the item's embeddings, if the producer numbers them; otherwise null. */
    public Long explicitRevision() {
        return message == null ? null : message.revision();
    }

    /** Milliseconds since the epoch. */
    public long eventTime() {
        return message != null && message.eventTime() != null
                ? message.eventTime()
                : origin.timestamp();
    }

    /** An embedding as it was decoded. */
    static DecodedItem embedding(IncomingRecord origin, EmbeddingMessage message) {
        return new DecodedItem(origin, message.itemId(), message);
    }

    static DecodedItem deletion(IncomingRecord origin) {
        return new DecodedItem(origin, new String(origin.key(), StandardCharsets.UTF_8), null);
    }

    /** Layout: the record as it came; decoding the embedding once more is a bulk copy. */
    public static final class Format extends AsItCameFormat<DecodedItem> {

        private static final long serialVersionUID = 1L;

        @Override
        protected IncomingRecord origin(DecodedItem value) {
            return value.origin;
        }

        @Override
        protected DecodedItem decode(IncomingRecord record) throws MalformedRecordException {
            return record.value() == null
                    ? deletion(record)
                    : embedding(record, new EmbeddingFormat().decode(record.value()));
        }
    }
}
