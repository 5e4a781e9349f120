package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Progress;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reads what is committed in one codebook version's topic of updates. Serves one thread. */
public final class UpdateTopic implements AutoCloseable {

    private final TopicFollower topic;

    private UpdateTopic(TopicFollower topic) {
        this.topic = topic;
    }

    /** Takes the next record of an item. */
    public interface Sink {

        /**
         * @param updateOrNull null where the item is to be forgotten
         */
        void accept(String itemId, SidUpdate updateOrNull);
    }

    /**
     * Reads the topic from its beginning to the end that it has now.
     *
     * @return offsets beyond that: updates that the job has written but not committed yet, or has
     *     committed since
     * @throws UserError if the version has no topic, or one that holds something else
     */
    public static long read(Connection connection, String version, Progress progress, Sink sink)
            throws InterruptedException {
        SingleObjectFormat<SidUpdate> format = SingleObjectFormat.of(SidUpdate.class);
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            requireVersion(connection, admin.names(), version);
            Map<TopicPartition, Long> ends =
                    TopicReader.read(
                            connection,
                            connection.topics().updates(version),
                            TopicReader.Listener.on(progress),
                            record -> sink.accept(itemId(record), update(format, record)));
            long written = admin.endOffsets(ends.keySet());
            long read = ends.values().stream().mapToLong(Long::longValue).sum();
            return written - read;
        }
    }

    /**
     * Reads the topic from its beginning to the end that it has now, to go on from there.
     *
     * @throws UserError if the version has no topic, or one that holds something else
     */
    public static UpdateTopic follow(
            Connection connection, String version, Progress progress, Sink sink)
            throws InterruptedException {
        SingleObjectFormat<SidUpdate> format = SingleObjectFormat.of(SidUpdate.class);
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            requireVersion(connection, admin.names(), version);
        }
        return new UpdateTopic(
                TopicFollower.start(
                        connection,
                        connection.topics().updates(version),
                        TopicReader.Listener.on(progress),
                        record -> {
                            sink.accept(itemId(record), update(format, record));
                            return true;
                        }));
    }

    /** Waits for records, at most for the time given, and tells whether there were any. */
    public boolean poll(Duration patience) {
        return topic.poll(patience);
    }

    @Override
    public void close() {
        topic.close();
    }

    static void requireVersion(Connection connection, Set<String> topics, String version) {
        if (topics.contains(connection.topics().updates(version))) {
            return;
        }
        String before = connection.topics().updates("");
        List<String> versions =
                topics.stream()
                        .filter(topic -> topic.startsWith(before))
                        .map(topic -> topic.substring(before.length()))
                        .toList();
        throw new UserError(
                "there is no codebook version %s at %s: %s"
                        .formatted(
                                version,
                                connection.bootstrap(),
                                versions.isEmpty()
                                        ? "none is published yet; publish one with `sidestream"
                                                + " codebook publish`"
                                        : "published are " + String.join(", ", versions)));
    }

    private static String itemId(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            throw foreign(record, "it has no key");
        }
        return new String(record.key(), UTF_8);
    }

    private static SidUpdate update(
            SingleObjectFormat<SidUpdate> format, ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return null;
        }
        try {
            return format.decode(record.value());
        } catch (MalformedRecordException e) {
            throw foreign(record, e.getMessage());
        }
    }

    private static UserError foreign(ConsumerRecord<byte[], byte[]> record, String why) {
        return new UserError(
                ("topic %s, partition %d, offset %d is no SID update: %s; something other"
                                + " than Sidestream writes to this topic")
                        .formatted(record.topic(), record.partition(), record.offset(), why));
    }
}
