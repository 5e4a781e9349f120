package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The SIDs of all items under one codebook version, as JSON lines: what is committed in the
 * version's topic, from its beginning to the end that it has when the export begins.
 */
public final class Export {

    /** What a line looks like, for help texts. */
    public static final String LINE =
            "{\"item_id\":\"..\",\"codebook_version\":\"..\",\"codes\":[..],"
                    + "\"sid\":\"<a_1><b_2>..\",\"disambiguator\":0}";

    private final SidTable table;
    private final long uncommitted;

    private Export(SidTable table, long uncommitted) {
        this.table = table;
        this.uncommitted = uncommitted;
    }

    /**
     * Reads a version's topic.
     *
     * @param console to show progress on
     * @throws UserError if the version has no topic, or one that holds something else
     */
    public static Export read(Connection connection, String version, Console console)
            throws InterruptedException {
        String topic = connection.topics().updates(version);
        SingleObjectFormat<SidUpdate> format = SingleObjectFormat.of(SidUpdate.class);
        SidTable table = new SidTable();
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            requireVersion(connection, admin.names(), version);
            Map<TopicPartition, Long> ends;
            try (Progress progress = Progress.start(console, "export", -1, "records")) {
                ends =
                        TopicReader.read(
                                connection,
                                topic,
                                (done, total) -> {
                                    progress.total(total);
                                    progress.stepTo(done);
                                },
                                record -> table.apply(itemId(record), update(format, record)));
            }
            long written = admin.endOffsets(ends.keySet());
            long read = ends.values().stream().mapToLong(Long::longValue).sum();
            return new Export(table, written - read);
        }
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

    public int items() {
        return table.size();
    }

    /**
     * Offsets beyond the end of the export: updates that the job has written but not committed yet,
     * or has committed since.
     */
    public long uncommitted() {
        return uncommitted;
    }

    /**
     * Writes a file as a whole or not at all: under another name first, then moved. Lines are as
     * {@link SidTable#writeTo} writes them.
     *
     * @param first ids of the items to write first; all others follow, sorted by id
     */
    public void writeTo(Path file, Iterable<String> first) throws IOException {
        Path target = file.toAbsolutePath();
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            // A pipe or a device, /dev/stdout for one, must not be replaced by a file.
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
                table.writeTo(out, first);
            }
            return;
        }
        Files.createDirectories(target.getParent());
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial))) {
                table.writeTo(out, first);
            }
            Files.move(
                    partial,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Writes the same lines to a stream, which stays open. */
    public void writeTo(OutputStream out, Iterable<String> first) throws IOException {
        table.writeTo(out, first);
    }
}
