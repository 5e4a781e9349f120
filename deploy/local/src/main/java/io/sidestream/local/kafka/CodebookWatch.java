package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.schema.CodebookManifest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Follows which codebook versions are announced. Serves one thread. */
public final class CodebookWatch implements AutoCloseable {

    private final ManifestTable table;
    private final Consumer<byte[], byte[]> consumer;

    private CodebookWatch(ManifestTable table, Consumer<byte[], byte[]> consumer) {
        this.table = table;
        this.consumer = consumer;
    }

    /**
     * Reads what is announced so far.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static CodebookWatch start(Connection connection) {
        ManifestTable table = new ManifestTable();
        Map<TopicPartition, Long> read =
                TopicReader.read(
                        connection,
                        connection.topics().codebooks(),
                        TopicReader.Listener.none(),
                        table::apply);
        Consumer<byte[], byte[]> consumer = connection.consumer(Map.of());
        consumer.assign(read.keySet());
        read.forEach(consumer::seek);
        return new CodebookWatch(table, consumer);
    }

    /** The latest manifest of every version that is not retired, in the order of versions. */
    public List<CodebookManifest> live() {
        return table.live();
    }

    /** Waits for news, at most for the time given, and tells whether there were any. */
    public boolean poll(Duration patience) {
        boolean changed = false;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience)) {
            changed |= table.apply(record);
        }
        return changed;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
