package io.sidestream.operators.decode;

import static io.sidestream.schema.DeadLetterCause.INVALID_ITEM_ID;
import static io.sidestream.schema.DeadLetterCause.NOT_FINITE;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.MalformedRecordException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Tells embeddings and deletions from what is neither. Not thread-safe. */
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
        requireUsableKey(record.key());
        if (record.value() == null) {
            return DecodedItem.deletion(record);
        }
        EmbeddingMessage message = format.decode(record.value());
        requireSameId(message.itemId(), record.key());
        requireFinite(message.embedding());
        return DecodedItem.embedding(record, message);
    }

    private void requireUsableKey(byte[] key) throws MalformedRecordException {
        if (key == null || key.length == 0) {
            throw invalidId(
                    "The record has %s key; it must be the item id in UTF-8: it decides the partition, and so the order of the item's changes"
                            .formatted(key == null ? "no" : "an empty"));
        }
        if (key.length > options.maxIdLength()) {
            throw invalidId(
                    "The item id has %d bytes, more than the %d that %s allows"
                            .formatted(
                                    key.length,
                                    options.maxIdLength(),
                                    DecodeOptions.MAX_ID_LENGTH.key()));
        }
        if (!isAscii(key)) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key));
            } catch (CharacterCodingException e) {
                throw invalidId("The record's key is not UTF-8");
            }
        }
    }

    private static void requireSameId(String itemId, byte[] key) throws MalformedRecordException {
        String expected = new String(key, StandardCharsets.UTF_8);
        if (!itemId.equals(expected)) {
            throw invalidId(
                    itemId.isEmpty()
                            ? "item_id is empty; it must be equal to the record's key '%s'"
                                    .formatted(expected)
                            : "item_id '%s' is not the record's key '%s'; they must be equal"
                                    .formatted(abbreviate(itemId), expected));
        }
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

    private static boolean isAscii(byte[] key) {
        int bits = 0;
        for (byte b : key) {
            bits |= b;
        }
        return bits >= 0;
    }

    private static String abbreviate(String id) {
        return id.length() <= 80 ? id : id.substring(0, 80) + "…";
    }

    private static MalformedRecordException invalidId(String message) {
        return new MalformedRecordException(INVALID_ITEM_ID, message);
    }
}
