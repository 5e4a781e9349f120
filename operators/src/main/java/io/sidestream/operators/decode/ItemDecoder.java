package io.sidestream.operators.decode;

import static io.sidestream.schema.DeadLetterCause.NOT_FINITE;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.MalformedRecordException;

/** Decodes embeddings and deletions. Not thread-safe. */
public final class ItemDecoder {

    private final DecodeOptions options;
    private final EmbeddingFormat format = new EmbeddingFormat();

    public ItemDecoder(DecodeOptions options) {
        this.options = options;
    }

    /**
     * The item of a record of {@code item-embeddings}.
     *
     * @throws MalformedRecordException if it is none; says why
     */
    public DecodedItem decode(IncomingRecord record) throws MalformedRecordException {
        ItemId.requireUsable(record.key(), options.maxIdLength());
        if (record.value() == null) {
            return DecodedItem.deletion(record);
        }
        EmbeddingMessage message = format.decode(record.value());
        ItemId.requireSame(message.itemId(), record.key());
        requireFinite(message.embedding());
        return DecodedItem.embedding(record, message);
    }

    private static void requireFinite(float[] embedding) throws MalformedRecordException {
        if (embedding.length == 0) {
            throw new MalformedRecordException(WRONG_LENGTH, "The embedding is empty");
        }
        for (int t = 0; t < embedding.length; t++) {
            if (!Float.isFinite(embedding[t])) {
                throw new MalformedRecordException(
                        NOT_FINITE,
                        "Component %d of %d of the embedding (counting from 0) is %s"
                                .formatted(t, embedding.length, embedding[t]));
            }
        }
    }
}
