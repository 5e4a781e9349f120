package io.sidestream.operators;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.SingleObjectFormat;

/** Kafka records as producers send them. */
public final class TestingRecords {

    public static final String ITEMS = "item-embeddings";
    public static final String CODEBOOKS = "sid-codebooks";

    /** Kafka's time of every record. */
    public static final long TIMESTAMP = 1_700_000_000_000L;

    private TestingRecords() {}

    /** Any record of {@code item-embeddings}. */
    public static IncomingRecord record(long offset, byte[] key, byte[] value) {
        return new IncomingRecord(ITEMS, 3, offset, TIMESTAMP, key, value);
    }

    public static IncomingRecord embedding(long offset, String itemId, float... embedding) {
        return embedding(offset, new EmbeddingMessage(itemId, embedding));
    }

    public static IncomingRecord embedding(long offset, EmbeddingMessage message) {
        return record(
                offset, message.itemId().getBytes(UTF_8), new EmbeddingFormat().encode(message));
    }

    public static IncomingRecord deletion(long offset, String itemId) {
        return record(offset, itemId.getBytes(UTF_8), null);
    }

    /** A record of {@code sid-codebooks}. */
    public static IncomingRecord manifest(long offset, CodebookManifest manifest) {
        return new IncomingRecord(
                CODEBOOKS,
                0,
                offset,
                TIMESTAMP,
                manifest.getVersion().getBytes(UTF_8),
                SingleObjectFormat.of(CodebookManifest.class).encode(manifest));
    }

    /** A codebook version is forgotten. */
    public static IncomingRecord forgotten(long offset, String version) {
        return new IncomingRecord(CODEBOOKS, 0, offset, TIMESTAMP, version.getBytes(UTF_8), null);
    }
}
