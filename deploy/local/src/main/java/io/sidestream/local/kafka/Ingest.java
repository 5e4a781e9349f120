package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.embedding.MalformedLineException;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Progress;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * Writes embeddings and deletions to the input topic. Ids and values are sent as they are: it is
 * for the job to refuse bad ones, with a dead letter. Memory is bounded by the producer's buffer:
 * when Kafka is slower than the source, writing waits. Serves one thread.
 */
public final class Ingest implements AutoCloseable {

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    /** Large batches: the throughput of a catalog matters, not the latency of an item. */
    private static final Map<String, String> BULK =
            Map.of(
                    ProducerConfig.BATCH_SIZE_CONFIG,
                    Integer.toString(512 << 10),
                    ProducerConfig.LINGER_MS_CONFIG,
                    "20",
                    ProducerConfig.BUFFER_MEMORY_CONFIG,
                    Integer.toString(64 << 20),
                    // Embeddings hardly compress; trying costs more than it saves.
                    ProducerConfig.COMPRESSION_TYPE_CONFIG,
                    "none");

    private final Connection connection;
    private final String topic;
    private final Producer<byte[], byte[]> producer;
    private final Pace pace;
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final Callback callback =
            (metadata, error) -> {
                if (error != null) {
                    failure.compareAndSet(null, error);
                }
            };

    private Ingest(Connection connection, Producer<byte[], byte[]> producer, Pace pace) {
        this.connection = connection;
        this.topic = connection.topics().itemEmbeddings();
        this.producer = producer;
        this.pace = pace;
    }

    /**
     * Connects.
     *
     * @param itemsPerSecond a limit, or 0 for none
     * @throws UserError if no broker answers or the input topic does not exist
     */
    public static Ingest open(Connection connection, double itemsPerSecond)
            throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.require(connection.topics().itemEmbeddings());
        }
        return new Ingest(connection, connection.producer(BULK), new Pace(itemsPerSecond));
    }

    /**
     * Writes everything that a reader has left, and waits until Kafka has it. A line that holds no
     * embedding is written as it is, under its file and number: like any other bad input it comes
     * out as a dead letter, and what stands behind it is not held up.
     *
     * @return how many records that was
     */
    public long embeddings(EmbeddingReader reader, Progress progress)
            throws IOException, InterruptedException {
        EmbeddingFormat format = new EmbeddingFormat();
        long sent = 0;
        while (true) {
            try {
                if (!reader.next()) {
                    break;
                }
                EmbeddingMessage message = new EmbeddingMessage(reader.id(), reader.embedding());
                send(reader.id(), format.encode(message));
            } catch (MalformedLineException e) {
                send(e.place(), e.line());
            }
            progress.step(1);
            sent++;
        }
        flush();
        return sent;
    }

    /**
     * Deletes items, and waits until Kafka knows.
     *
     * @return how many deletions were written, for items that exist and for others
     */
    public long deletions(Iterable<String> itemIds, Progress progress) throws InterruptedException {
        long sent = 0;
        for (String itemId : itemIds) {
            send(itemId, null);
            progress.step(1);
            sent++;
        }
        flush();
        return sent;
    }

    private void send(String itemId, byte[] value) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        pace.await();
        throwFailure();
        try {
            Future<?> unused = // the callback says the same, and sooner
                    producer.send(
                            new ProducerRecord<>(topic, itemId.getBytes(UTF_8), value), callback);
        } catch (KafkaException e) {
            throw KafkaErrors.explain(connection, e);
        }
    }

    private void flush() {
        try {
            producer.flush();
        } catch (KafkaException e) {
            throw KafkaErrors.explain(connection, e);
        }
        throwFailure();
    }

    private void throwFailure() {
        Exception error = failure.get();
        if (error != null) {
            throw KafkaErrors.explain(connection, error);
        }
    }

    @Override
    public void close() {
        producer.close(CLOSE_PATIENCE);
    }
}
