package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Stands in for the indexing job: answers every request for a remap plan with records that it is
 * told, until it is closed.
 */
public final class TestingJob implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Connection connection;
    private final Function<RemapRequest, List<SpecificRecordBase>> answers;
    private final Consumer<byte[], byte[]> consumer;
    private final Thread thread = new Thread(this::run, "testing-job");
    private volatile boolean closed;

    private TestingJob(
            Connection connection, Function<RemapRequest, List<SpecificRecordBase>> answers) {
        this.connection = connection;
        this.answers = answers;
        this.consumer = connection.consumer(Map.of());
    }

    /** Hears what is asked from now on. */
    public static TestingJob start(
            Connection connection, Function<RemapRequest, List<SpecificRecordBase>> answers) {
        TestingJob job = new TestingJob(connection, answers);
        TopicPartition partition = new TopicPartition(connection.topics().remaps(), 0);
        job.consumer.assign(List.of(partition));
        job.consumer.seekToEnd(List.of(partition));
        job.consumer.position(partition); // the end as of now, not as of the first poll
        job.thread.start();
        return job;
    }

    private void run() {
        SingleObjectFormat<RemapRequest> requests = SingleObjectFormat.of(RemapRequest.class);
        String topic = connection.topics().remaps();
        try (consumer;
                Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            while (!closed) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (requests.recognizes(record.value())) {
                        RemapRequest request = requests.decode(record.value());
                        byte[] version = request.getCodebookVersion().getBytes(UTF_8);
                        for (SpecificRecordBase answer : answers.apply(request)) {
                            producer.send(
                                    new ProducerRecord<>(
                                            topic, version, TestingHourglass.bytes(answer)));
                        }
                    }
                }
            }
        } catch (MalformedRecordException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join(PATIENCE.toMillis());
    }
}
