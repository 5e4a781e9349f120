package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Progress;
import io.sidestream.operators.decode.DecodedItem;
import java.time.Duration;

/**
 * Reads the catalog's embeddings and deletions, and passes over what the indexing job would refuse
 * as neither. Serves one thread.
 */
public final class EmbeddingTopic implements AutoCloseable {

    /** Takes the next embedding or deletion of an item. */
    public interface Sink {
        void accept(DecodedItem item);
    }

    private final TopicFollower topic;

    private EmbeddingTopic(TopicFollower topic) {
        this.topic = topic;
    }

    /**
     * Reads the topic from its beginning to the end that it has now.
     *
     * @return records that the job refuses, whatever the codebook
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static long read(Connection connection, Progress progress, Sink sink)
            throws InterruptedException {
        String topic = connection.topics().itemEmbeddings();
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.require(topic);
        }
        EmbeddingDecoder decoder = new EmbeddingDecoder(sink);
        TopicReader.read(connection, topic, TopicReader.Listener.on(progress), decoder::handOver);
        return decoder.refused();
    }

    /**
     * Reads the topic from its beginning to the end that it has now, to go on from there.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static EmbeddingTopic follow(Connection connection, Progress progress, Sink sink)
            throws InterruptedException {
        EmbeddingDecoder decoder = new EmbeddingDecoder(sink);
        return new EmbeddingTopic(
                TopicFollower.start(
                        connection,
                        connection.topics().itemEmbeddings(),
                        TopicReader.Listener.on(progress),
                        record -> {
                            decoder.handOver(record);
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
}
