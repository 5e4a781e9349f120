package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

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
        SidTable table = new SidTable();
        try (Progress progress = Progress.start(console, "export", -1, "records")) {
            return new Export(table, UpdateTopic.read(connection, version, progress, table::apply));
        }
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
