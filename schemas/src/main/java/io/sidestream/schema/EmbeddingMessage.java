package io.sidestream.schema;

/**
 * One message of the topic {@code item-embeddings}, without the boxing of the generated {@link
 * ItemEmbedding}.
 *
 * @param itemId the item
 * @param embedding its vector; not copied
 * @param revision order among the item's embeddings, or null: the Kafka offset
 * @param eventTime milliseconds since the epoch, or null: the Kafka timestamp
 */
public record EmbeddingMessage(String itemId, float[] embedding, Long revision, Long eventTime) {

    /** An embedding whose order and time are those of its Kafka record. */
    public EmbeddingMessage(String itemId, float[] embedding) {
        this(itemId, embedding, null, null);
    }
}
