package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Progress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Reads what is committed in a topic, from its beginning to the end that it has at this moment. */
final class TopicReader {

    private static final Duration POLL = Duration.ofMillis(500);

    /** How long no record at all may arrive before the broker counts as gone. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Large fetches: these topics are read from one end to the other. */
    private static final Map<String, String> BULK =
            Map.of(
                    ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
                    Integer.toString(64 << 20),
                    ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                    Integer.toString(4 << 20),
                    ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                    "5000",
                    // Closing waits for the fetch that is open, and at the end there is one.
                    ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                    "50");

    private TopicReader() {}

    /** Takes a record, and may refuse it. */
    interface Sink {
        void accept(ConsumerRecord<byte[], byte[]> record);
    }

    /** Is told how much has been read of how much there is to read, both in offsets. */
    interface Listener {
        void reached(long done, long total);

        /** Shows it to people. */
        static Listener on(Progress progress) {
            return (done, total) -> {
                progress.total(total);
                progress.stepTo(done);
            };
        }

        /** For topics that are read in no time. */
        static Listener none() {
            return (done, total) -> {};
        }
    }

    /**
     * Hands every committed record of a topic to a sink; records of one partition in their order.
     *
     * @return the end of every partition, as it was when reading began
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    static Map<TopicPartition, Long> read(
            Connection connection, String topic, Listener listener, Sink sink) {
        return readLast(connection, topic, Long.MAX_VALUE, listener, sink);
    }

    /**
     * Hands the last committed records of a topic to a sink, as {@link #read} does.
     *
     * @param most offsets of every partition
     */
    static Map<TopicPartition, Long> readLast(
            Connection connection, String topic, long most, Listener listener, Sink sink) {
        try (Consumer<byte[], byte[]> consumer = connection.consumer(BULK)) {
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions(consumer, topic));
            consumer.assign(ends.keySet());
            Map<TopicPartition, Long> begins =
                    new HashMap<>(consumer.beginningOffsets(ends.keySet()));
            begins.replaceAll((partition, begin) -> Math.max(begin, ends.get(partition) - most));
            begins.forEach(consumer::seek);
            long first = sum(begins.values());
            long total = sum(ends.values()) - first;
            listener.reached(0, total);

            Map<TopicPartition, Long> reached = new HashMap<>(begins);
            long lastProgress = System.nanoTime();
            while (!ends.entrySet().stream()
                    .allMatch(end -> reached.get(end.getKey()) >= end.getValue())) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    TopicPartition partition =
                            new TopicPartition(record.topic(), record.partition());
                    if (record.offset() < ends.get(partition)) {
                        sink.accept(record);
                    }
                }
                long before = sum(reached.values());
                // Positions also move over what is not handed out: markers of transactions,
                // records of aborted ones, gaps that compaction has left.
                reached.replaceAll((partition, offset) -> consumer.position(partition));
                long now = System.nanoTime();
                if (sum(reached.values()) > before) {
                    lastProgress = now;
                    listener.reached(sum(reached.values()) - first, total);
                } else if (now - lastProgress > PATIENCE.toNanos()) {
                    throw new UserError(
                            ("the Kafka broker at %s has sent nothing of topic %s for %d s, with"
                                            + " %,d records to go; is it still running?")
                                    .formatted(
                                            connection.bootstrap(),
                                            topic,
                                            PATIENCE.toSeconds(),
                                            sum(ends.values()) - sum(reached.values())));
                }
            }
            return ends;
        } catch (KafkaException e) {
            throw KafkaErrors.explain(connection, e);
        }
    }

    private static List<TopicPartition> partitions(
            Consumer<byte[], byte[]> consumer, String topic) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic);
        return infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    }

    private static long sum(Collection<Long> offsets) {
        return offsets.stream().mapToLong(Long::longValue).sum();
    }
}
