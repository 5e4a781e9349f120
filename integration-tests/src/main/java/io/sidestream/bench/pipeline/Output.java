package io.sidestream.bench.pipeline;

import static java.util.stream.Collectors.toMap;

import io.sidestream.local.kafka.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Topics that a pipeline writes to. */
final class Output implements AutoCloseable {

    private static final int PARTITIONS = 4;

    private final Connection kafka;
    private final Admin admin;
    private final List<TopicPartition> partitions;

    private Output(Connection kafka, Admin admin, List<TopicPartition> partitions) {
        this.kafka = kafka;
        this.admin = admin;
        this.partitions = partitions;
    }

    /** Makes the topics, which must be new. */
    static Output create(Connection kafka, String... topics)
            throws InterruptedException, ExecutionException {
        Admin admin = kafka.admin();
        admin.createTopics(
                        Stream.of(topics)
                                .map(topic -> new NewTopic(topic, PARTITIONS, (short) -1))
                                .toList())
                .all()
                .get();
        return new Output(
                kafka,
                admin,
                Stream.of(topics)
                        .flatMap(
                                topic ->
                                        IntStream.range(0, PARTITIONS)
                                                .mapToObj(p -> new TopicPartition(topic, p)))
                        .toList());
    }

    /** Records that were written, whether committed or not, and transactions' markers. */
    long written() {
        return end(IsolationLevel.READ_UNCOMMITTED);
    }

    /** Whether no transaction is open that has written here. */
    boolean isCommitted() {
        return end(IsolationLevel.READ_COMMITTED) == written();
    }

    /** Records that a read-committed consumer gets. */
    long count() {
        try (Consumer<byte[], byte[]> consumer = kafka.consumer(Map.of())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long count = 0;
            while (ends.entrySet().stream()
                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                count += consumer.poll(Duration.ofSeconds(1)).count();
            }
            return count;
        }
    }

    private long end(IsolationLevel isolation) {
        try {
            return admin
                    .listOffsets(
                            partitions.stream().collect(toMap(p -> p, p -> OffsetSpec.latest())),
                            new ListOffsetsOptions(isolation))
                    .all()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(info -> info.offset())
                    .sum();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The broker does not tell offsets", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    /** Deletes the topics. */
    @Override
    public void close() throws InterruptedException, ExecutionException {
        try (admin) {
            admin.deleteTopics(partitions.stream().map(TopicPartition::topic).distinct().toList())
                    .all()
                    .get();
        }
    }
}
