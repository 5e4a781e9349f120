package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * How much goes in and out of the job, from the offsets of its topics. Rates are of the last
 * seconds; they count the markers of transactions too, a few at every checkpoint. Serves one
 * thread.
 */
public final class Flow implements AutoCloseable {

    private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final Connection connection;
    private final String group;
    private final Admin admin;
    private final Deque<Sample> samples = new ArrayDeque<>();

    /**
     * @param ends sum of a topic's end offsets, by topic
     * @param consumed how far the job's consumer group has come in the input; null: nowhere yet
     */
    private record Sample(long nanoTime, Map<String, Long> ends, Long consumed) {}

    /**
     * @param group the job's consumer group
     */
    public Flow(Connection connection, String group) {
        this.connection = connection;
        this.group = group;
        this.admin = connection.admin();
    }

    /**
     * Looks at the offsets as they are now.
     *
     * @throws UserError if the broker does not answer
     */
    public void sample() throws InterruptedException {
        String input = connection.topics().itemEmbeddings();
        String updates = connection.topics().updates("");
        Set<String> topics =
                KafkaErrors.get(connection, admin.listTopics().names()).stream()
                        .filter(topic -> topic.equals(input) || topic.startsWith(updates))
                        .collect(Collectors.toSet());
        Map<String, Long> ends = new HashMap<>();
        endOffsets(topics)
                .forEach((partition, end) -> ends.merge(partition.topic(), end, Long::sum));
        samples.addLast(new Sample(System.nanoTime(), ends, consumed(input)));
        while (samples.size() > 2 && span() > SPAN_NANOS) {
            samples.removeFirst();
        }
    }

    private Map<TopicPartition, Long> endOffsets(Collection<String> topics)
            throws InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (TopicDescription topic :
                KafkaErrors.get(connection, admin.describeTopics(topics).allTopicNames())
                        .values()) {
            topic.partitions()
                    .forEach(
                            info ->
                                    wanted.put(
                                            new TopicPartition(topic.name(), info.partition()),
                                            OffsetSpec.latest()));
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        KafkaErrors.get(
                        connection,
                        admin.listOffsets(
                                        wanted,
                                        new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                                .all())
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** Null when the group has committed nothing: the job has not made a checkpoint yet. */
    private Long consumed(String input) throws InterruptedException {
        List<OffsetAndMetadata> offsets = new ArrayList<>();
        KafkaErrors.get(
                        connection,
                        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .forEach(
                        (partition, offset) -> {
                            if (partition.topic().equals(input) && offset != null) {
                                offsets.add(offset);
                            }
                        });
        return offsets.isEmpty()
                ? null
                : Long.valueOf(offsets.stream().mapToLong(OffsetAndMetadata::offset).sum());
    }

    /** Records a second that arrive in the input; empty before two samples. */
    public OptionalDouble arrivals() {
        return rate(connection.topics().itemEmbeddings());
    }

    /** Records a second that the job publishes for a version; empty before two samples. */
    public OptionalDouble updates(String version) {
        return rate(connection.topics().updates(version));
    }

    private OptionalDouble rate(String topic) {
        if (samples.size() < 2) {
            return OptionalDouble.empty();
        }
        Long first = samples.getFirst().ends().get(topic);
        Long last = samples.getLast().ends().get(topic);
        return first == null || last == null
                ? OptionalDouble.empty()
                : OptionalDouble.of((last - first) / (span() / 1e9));
    }

    private long span() {
        return samples.getLast().nanoTime() - samples.getFirst().nanoTime();
    }

    /**
     * Records of the input that the job has not taken in as of its last checkpoint; empty when it
     * has not made one.
     */
    public OptionalLong lag() {
        if (samples.isEmpty()) {
            return OptionalLong.empty();
        }
        Sample last = samples.getLast();
        Long end = last.ends().get(connection.topics().itemEmbeddings());
        return end == null || last.consumed() == null
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, end - last.consumed()));
    }

    @Override
    public void close() {
        admin.close();
    }
}
