package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import java.time.Duration;

/**
 * Follows how far codebook versions have come with what takes time, as the topic {@code
 * sid-progress} tells it. Serves one thread.
 */
public final class ProgressLog implements AutoCloseable {

    private final ProgressTable table;
    private final TopicFollower topic;

    private ProgressLog(ProgressTable table, TopicFollower topic) {
        this.table = table;
        this.topic = topic;
    }

    /**
     * Reads what is recorded so far, to go on from there.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static ProgressLog follow(Connection connection) throws InterruptedException {
        ProgressTable table = new ProgressTable();
        return new ProgressLog(
                table,
                TopicFollower.start(connection, connection.topics().progress(), table::apply));
    }

    /** Waits for news, at most for the time given, and tells whether there were any. */
    public boolean poll(Duration patience) {
        return topic.poll(patience);
    }

    /** What is known about a version so far. */
    public VersionProgress of(String version) {
        return table.of(version);
    }

    @Override
    public void close() {
        topic.close();
    }
}
