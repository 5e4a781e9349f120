package io.sidestream.operators.decode;

import static io.sidestream.schema.DeadLetterCause.INVALID_ITEM_ID;
import static io.sidestream.schema.Quote.quote;

import io.sidestream.schema.MalformedRecordException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** An item's id as the key of a record. */
public final class ItemId {

    private ItemId() {}

    /**
     * Checks a record's key.
     *
     * @param maxLength the longest id, in bytes of UTF-8
     * @throws MalformedRecordException if it cannot be an item id
     */
    public static void requireUsable(byte[] key, int maxLength) throws MalformedRecordException {
        if (key == null || key.length == 0) {
            throw invalid(
                    "The record has %s key; it must be the item id in UTF-8: it decides the partition, and so the order of the item's changes"
                            .formatted(key == null ? "no" : "an empty"));
        }
        if (key.length > maxLength) {
            throw invalid(
                    "The item id has %d bytes, more than the %d that %s allows"
                            .formatted(key.length, maxLength, DecodeOptions.MAX_ID_LENGTH.key()));
        }
        if (!isAscii(key)) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key));
            } catch (CharacterCodingException e) {
                throw invalid("The record's key is not UTF-8");
            }
        }
    }

    /**
     * Checks that a record's id is its key.
     *
     * @throws MalformedRecordException if it is not
     */
    public static void requireSame(String itemId, byte[] key) throws MalformedRecordException {
        String expected = new String(key, StandardCharsets.UTF_8);
        if (!itemId.equals(expected)) {
            throw invalid(
                    itemId.isEmpty()
                            ? "item_id is empty; it must be equal to the record's key %s"
                                    .formatted(quote(expected))
                            : "item_id %s is not the record's key %s; they must be equal"
                                    .formatted(quote(itemId), quote(expected)));
        }
    }

    private static boolean isAscii(byte[] key) {
        int bits = 0;
        for (byte b : key) {
            bits |= b;
        }
        return bits >= 0;
    }

    private static MalformedRecordException invalid(String message) {
        return new MalformedRecordException(INVALID_ITEM_ID, message);
    }
}
