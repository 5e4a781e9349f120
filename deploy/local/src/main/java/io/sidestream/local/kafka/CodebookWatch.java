package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.schema.CodebookManifest;
import java.time.Duration;
import java.util.List;

/** Follows which codebook versions are announced. Serves one thread. */
public final class CodebookWatch implements AutoCloseable {

    private final ManifestTable table;
    private final TopicFollower topic;

    private CodebookWatch(ManifestTable table, TopicFollower topic) {
        this.table = table;
        this.topic = topic;
    }

    /**
     * Reads what is announced so far.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static CodebookWatch start(Connection connection) throws InterruptedException {
        ManifestTable table = new ManifestTable();
        return new CodebookWatch(
                table,
                TopicFollower.start(connection, connection.topics().codebooks(), table::apply));
    }

    /** The latest manifest of every version that is not retired, in the order of versions. */
    public List<CodebookManifest> live() {
        return table.now().live();
    }

    /** Waits for news, at most for the time given, and tells whether there were any. */
    public boolean poll(Duration patience) {
        return topic.poll(patience);
    }

    @Override
    public void close() {
        topic.close();
    }
}
