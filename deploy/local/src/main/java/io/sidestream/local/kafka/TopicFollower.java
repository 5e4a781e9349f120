package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Reads a topic from its beginning to its end, then what comes after that. Serves one thread. */
final class TopicFollower implements AutoCloseable {

    /** Takes a record, and says whether it is news. */
    interface Sink {
        boolean accept(ConsumerRecord<byte[], byte[]> record);
    }

    private final Connection connection;
    private final Sink sink;
    private final Consumer<byte[], byte[]> consumer;

    private TopicFollower(Connection connection, Sink sink, Consumer<byte[], byte[]> consumer) {
        this.connection = connection;
        this.sink = sink;
        this.consumer = consumer;
    }

    /**
     * Hands over what is in the topic, to go on from there.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    static TopicFollower start(Connection connection, String topic, Sink sink)
            throws InterruptedException {
        return startWithLast(connection, topic, Long.MAX_VALUE, sink);
    }

    /**
     * Hands over what came last in the topic, to go on from there.
     *
     * @param most offsets of every partition
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    static TopicFollower startWithLast(Connection connection, String topic, long most, Sink sink)
            throws InterruptedException {
        return start(
                connection,
                readLast(connection, topic, most, TopicReader.Listener.none(), sink),
                sink);
    }

    /**
     * Hands over what is in the topic, to go on from there.
     *
     * @param listener told how far what is in the topic has been read
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    static TopicFollower start(
            Connection connection, String topic, TopicReader.Listener listener, Sink sink)
            throws InterruptedException {
        return start(connection, readLast(connection, topic, Long.MAX_VALUE, listener, sink), sink);
    }

    private static TopicFollower start(
            Connection connection, Map<TopicPartition, Long> read, Sink sink) {
        Consumer<byte[], byte[]> consumer = connection.consumer(Map.of());
        consumer.assign(read.keySet());
        read.forEach(consumer::seek);
        return new TopicFollower(connection, sink, consumer);
    }

    /**
     * Hands over what is in the topic, and no more.
     *
     * @return the end of every partition
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    static Map<TopicPartition, Long> read(Connection connection, String topic, Sink sink)
            throws InterruptedException {
        return readLast(connection, topic, Long.MAX_VALUE, TopicReader.Listener.none(), sink);
    }

    private static Map<TopicPartition, Long> readLast(
            Connection connection,
            String topic,
            long most,
            TopicReader.Listener listener,
            Sink sink)
            throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.require(topic);
        }
        return TopicReader.readLast(connection, topic, most, listener, sink::accept);
    }

    /** Waits for records, at most for the time given, and tells whether any was news. */
    boolean poll(Duration patience) {
        boolean news = false;
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience)) {
                news |= sink.accept(record);
            }
        } catch (KafkaException e) {
            throw KafkaErrors.explain(connection, e);
        }
        return news;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
