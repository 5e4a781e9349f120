package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Follows what the job publishes: committed updates of all codebook versions or of one, and dead
 * letters. Versions that are published meanwhile are picked up.
 */
public final class Tail {

    /** Takes what goes by, and says when it has had enough. */
    public interface Listener {

        void update(SidUpdate update);

        void deadLetter(DeadLetter letter);

        /** Everything that had arrived has been handed over. */
        void pause();

        boolean wantsMore();
    }

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration BETWEEN_LOOKS_FOR_TOPICS = Duration.ofSeconds(3);

    private final Connection connection;
    private final String versionOrNull;
    private final SingleObjectFormat<SidUpdate> updates = SingleObjectFormat.of(SidUpdate.class);
    private final SingleObjectFormat<DeadLetter> letters = SingleObjectFormat.of(DeadLetter.class);

    /**
     * @param versionOrNull the codebook version to follow, or null for all
     */
    public Tail(Connection connection, String versionOrNull) {
        this.connection = connection;
        this.versionOrNull = versionOrNull;
    }

    /**
     * Follows the topics until the listener has had enough or the thread is interrupted.
     *
     * @param fromBeginning whether to begin with the oldest record, not with the next one
     * @throws UserError if no broker answers, or the version to follow does not exist
     */
    public void follow(boolean fromBeginning, Listener listener) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.require(connection.topics().deadLetters());
            if (versionOrNull != null) {
                UpdateTopic.requireVersion(connection, admin.names(), versionOrNull);
            }
        }
        try (Consumer<byte[], byte[]> consumer = connection.consumer(Map.of())) {
            Set<TopicPartition> followed = new HashSet<>();
            follow(consumer, followed, fromBeginning);
            long looked = System.nanoTime();
            while (listener.wantsMore()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (listener.wantsMore()) {
                        handOver(record, listener);
                    }
                }
                listener.pause();
                if (System.nanoTime() - looked > BETWEEN_LOOKS_FOR_TOPICS.toNanos()) {
                    // What appears now is new altogether: nothing of it has been seen.
                    follow(consumer, followed, true);
                    looked = System.nanoTime();
                }
            }
        } catch (KafkaException e) {
            throw KafkaErrors.explain(connection, e);
        }
    }

    /** Adds the partitions that are not followed yet. */
    private void follow(
            Consumer<byte[], byte[]> consumer,
            Set<TopicPartition> followed,
            boolean fromBeginning) {
        List<TopicPartition> added = new ArrayList<>();
        for (List<PartitionInfo> topic : consumer.listTopics().values()) {
            for (PartitionInfo info : topic) {
                TopicPartition partition = new TopicPartition(info.topic(), info.partition());
                if (isOfInterest(info.topic()) && followed.add(partition)) {
                    added.add(partition);
                }
            }
        }
        if (added.isEmpty()) {
            return;
        }
        consumer.assign(followed);
        if (fromBeginning) {
            consumer.seekToBeginning(added);
        } else {
            consumer.seekToEnd(added);
            added.forEach(consumer::position); // the end as of now, not as of the first poll
        }
    }

    private boolean isOfInterest(String topic) {
        if (topic.equals(connection.topics().deadLetters())) {
            return true;
        }
        return versionOrNull == null
                ? topic.startsWith(connection.topics().updates(""))
                : topic.equals(connection.topics().updates(versionOrNull));
    }

    private void handOver(ConsumerRecord<byte[], byte[]> record, Listener listener) {
        if (record.value() == null) {
            return; // follows an update with reason DELETED, which has said it all
        }
        try {
            if (record.topic().equals(connection.topics().deadLetters())) {
                listener.deadLetter(letters.decode(record.value()));
            } else {
                listener.update(updates.decode(record.value()));
            }
        } catch (MalformedRecordException e) {
            throw new UserError(
                    ("topic %s, partition %d, offset %d: %s; something other than"
                                    + " Sidestream writes to this topic")
                            .formatted(
                                    record.topic(),
                                    record.partition(),
                                    record.offset(),
                                    e.getMessage()),
                    e);
        }
    }
}
