package io.sidestream.local.commands;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.local.kafka.Connection;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Follows which codebook versions are announced. Serves one thread. */
final class CodebookWatch implements AutoCloseable {

    private final SingleObjectFormat<CodebookManifest> format =
            SingleObjectFormat.of(CodebookManifest.class);
    private final SortedMap<String, CodebookManifest> latest = new TreeMap<>();
    private final Consumer<byte[], byte[]> consumer;

    CodebookWatch(Connection connection) {
        consumer = connection.consumer(Map.of());
        // Control topics have one partition: decisions are read in the order they were made in.
        List<TopicPartition> topic =
                List.of(new TopicPartition(connection.topics().codebooks(), 0));
        consumer.assign(topic);
        consumer.seekToBeginning(topic);
        Map<TopicPartition, Long> ends = consumer.endOffsets(topic);
        while (consumer.position(topic.get(0)) < ends.get(topic.get(0))) {
            poll(Duration.ofMillis(100));
        }
    }

    /** The latest manifest of every version that is not retired, by version. */
    List<CodebookManifest> live() {
        return latest.values().stream()
                .filter(manifest -> manifest.getStatus() != CodebookStatus.RETIRED)
                .toList();
    }

    /** Waits a while, and tells whether anything was announced. */
    boolean poll(Duration patience) {
        boolean changed = false;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience)) {
            changed |= apply(record);
        }
        return changed;
    }

    private boolean apply(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return false;
        }
        String version = new String(record.key(), UTF_8);
        if (record.value() == null) {
            return latest.remove(version) != null;
        }
        try {
            latest.put(version, format.decode(record.value()));
            return true;
        } catch (MalformedRecordException e) {
            return false; // the job makes a dead letter of it
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
