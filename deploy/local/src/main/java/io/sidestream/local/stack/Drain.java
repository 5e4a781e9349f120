package io.sidestream.local.stack;

import static java.util.stream.Collectors.toMap;

import io.sidestream.local.UserError;
import io.sidestream.local.console.LogFile;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Waits until the indexing job has taken in what stood in its input topic at a moment. The job has
 * read it when the source has come that far, and has put it into its state and its open
 * transactions when a checkpoint that begins after that is complete.
 */
public final class Drain {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final LocalStack stack;
    private final Map<TopicPartition, Long> ends;

    private Drain(LocalStack stack, Map<TopicPartition, Long> ends) {
        this.stack = stack;
        this.ends = ends;
    }

    /** Everything that stands in the input topic now. */
    public static Drain of(LocalStack stack) throws InterruptedException {
        String input = stack.connection().topics().itemEmbeddings();
        try (Admin admin = stack.connection().admin()) {
            Map<TopicPartition, OffsetSpec> latest =
                    get(admin.describeTopics(List.of(input)).allTopicNames())
                            .get(input)
                            .partitions()
                            .stream()
                            .map(partition -> new TopicPartition(input, partition.partition()))
                            .collect(
                                    toMap(
                                            partition -> partition,
                                            partition -> OffsetSpec.latest()));
            Map<TopicPartition, ListOffsetsResultInfo> ends = get(admin.listOffsets(latest).all());
            return new Drain(
                    stack,
                    ends.entrySet().stream()
                            .collect(toMap(Map.Entry::getKey, end -> end.getValue().offset())));
        }
    }

    /** Records that were ever written to the input topic. */
    public long total() {
        return sum(ends);
    }

    /**
     * Waits for the job.
     *
     * @param progress told again and again how many of {@link #total} records have been read
     * @throws UserError if the job fails, or does not advance for several minutes
     */
    public void await(LongConsumer progress) throws InterruptedException {
        try (Admin admin = stack.connection().admin()) {
            long last = -1;
            long lastAt = System.nanoTime();
            while (true) {
                long read = sum(positions(admin));
                progress.accept(read);
                if (read == total() && stack.flink().checkpoint()) {
                    return;
                }
                if (read != last) {
                    last = read;
                    lastAt = System.nanoTime();
                } else if (System.nanoTime() - lastAt > PATIENCE.toNanos()) {
                    throw stalled(read);
                }
                stack.sleep(POLL);
            }
        }
    }

    /**
     * How far each partition has been read, up to its end: in this run or, as the consumer group
     * says, in an earlier one.
     */
    private Map<TopicPartition, Long> positions(Admin admin) throws InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> committed =
                get(
                        admin.listConsumerGroupOffsets(stack.consumerGroup())
                                .partitionsToOffsetAndMetadata());
        Map<TopicPartition, Long> positions = new HashMap<>();
        ends.forEach(
                (partition, end) -> {
                    OffsetAndMetadata earlier = committed.get(partition);
                    long position =
                            Math.max(
                                    earlier == null ? 0 : earlier.offset(),
                                    stack.flink().progress().position(partition));
                    positions.put(partition, Math.min(position, end));
                });
        return positions;
    }

    private static long sum(Map<TopicPartition, Long> offsets) {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new UserError(
                    "the embedded Kafka broker does not tell offsets: " + Failures.reason(e), e);
        }
    }

    private UserError stalled(long read) {
        return new UserError(
                Failures.withLog(
                        ("the indexing job has not advanced for %d minutes, with %,d of"
                                        + " %,d records read")
                                .formatted(PATIENCE.toMinutes(), read, total()),
                        LogFile.path()));
    }
}
