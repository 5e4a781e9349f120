package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes a catalog, and what the job would publish of it, record by record. */
public final class TestingCatalog implements AutoCloseable {

    private final Connection connection;
    private final Producer<byte[], byte[]> producer;

    private TestingCatalog(Connection connection) {
        this.connection = connection;
        this.producer = connection.producer(Map.of(ProducerConfig.LINGER_MS_CONFIG, "0"));
    }

    /** Makes the topics that there always are, with two partitions. */
    public static TestingCatalog create(Connection connection) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(connection.topics().fixed(), 2, 1);
        }
        return new TestingCatalog(connection);
    }

    /** Makes the topic of a codebook version. */
    public TestingCatalog version(String version) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(List.of(connection.topics().ofVersion(version)), 2, 1);
        }
        return this;
    }

    public TestingCatalog embed(String itemId, float... embedding) {
        return embed(new EmbeddingMessage(itemId, embedding));
    }

    public TestingCatalog embed(EmbeddingMessage message) {
        return arrive(message.itemId(), new EmbeddingFormat().encode(message));
    }

    public TestingCatalog delete(String itemId) {
        return arrive(itemId, null);
    }

    /** Writes items {@code item-0} and so on, all at once. */
    public TestingCatalog embedAll(int items, float... embedding) {
        EmbeddingFormat format = new EmbeddingFormat();
        return arriveAll(items, id -> format.encode(new EmbeddingMessage(id, embedding)));
    }

    /** Deletes the first of {@link #embedAll}. */
    public TestingCatalog deleteAll(int items) {
        return arriveAll(items, id -> null);
    }

    private TestingCatalog arriveAll(int items, Function<String, byte[]> values) {
        String topic = connection.topics().itemEmbeddings();
        for (int item = 0; item < items; item++) {
            String id = "item-" + item;
            Future<?> unused = // those that are missing will be missed
                    producer.send(
                            new ProducerRecord<>(topic, id.getBytes(UTF_8), values.apply(id)));
        }
        producer.flush();
        return this;
    }

    /** Writes a record as it is; null deletes. */
    public TestingCatalog arrive(String itemId, byte[] valueOrNull) {
        return send(connection.topics().itemEmbeddings(), itemId, valueOrNull);
    }

    public TestingCatalog publish(SidUpdate update) {
        return send(
                connection.topics().updates(update.getCodebookVersion()),
                update.getItemId(),
                SingleObjectFormat.of(SidUpdate.class).encode(update));
    }

    private TestingCatalog send(String topic, String key, byte[] value) {
        try {
            producer.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value)).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    @Override
    public void close() {
        producer.close();
    }
}
