package io.sidestream.local.stack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.local.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;

/**
 * The one directory in which a local stack keeps everything; whoever holds it is the only process
 * that uses it.
 *
 * <pre>
 * lock          locked while a stack runs; holds its process id
 * kafka/        the broker's log: topics, consumer groups, transactions
 * codebooks/    the codebook store
 * checkpoints/  the job's checkpoints, one numbered directory for each of its runs
 * savepoints/   the savepoints taken when it was stopped, likewise
 * logs/         sidestream.log (Flink and this process), kafka.log (the broker)
 * tmp/          working files of the run; emptied at the start and the end
 * </pre>
 *
 * <p>Checkpoints and codebook manifests hold absolute paths: a data directory is not to be moved.
 */
public final class DataDirectory implements AutoCloseable {

    private static final String LOCK = "lock";

    /** A byte far behind the process id, so that the id can be read while it is locked. */
    private static final long LOCKED_BYTE = 1L << 30;

    private final Path root;
    private final boolean temporary;
    private final FileChannel lockFile;

    private DataDirectory(Path root, boolean temporary, FileChannel lockFile) {
        this.root = root;
        this.temporary = temporary;
        this.lockFile = lockFile;
    }

    /**
     * Takes a directory, creating it when it is not there.
     *
     * @throws UserError if another process holds it, if it is something else's directory, or if it
     *     cannot be written
     */
    public static DataDirectory open(Path path) {
        return open(path.toAbsolutePath().normalize(), false);
    }

    /** Takes a new directory of which only the logs outlive {@link #close}. */
    public static DataDirectory temporary() {
        try {
            return open(Files.createTempDirectory("sidestream-").toRealPath(), true);
        } catch (IOException e) {
            throw new UserError(
                    "cannot make a temporary directory (%s); give one with --data".formatted(e));
        }
    }

    private static DataDirectory open(Path root, boolean temporary) {
        try {
            refuseForeign(root);
            Files.createDirectories(root);
            DataDirectory data = new DataDirectory(root, temporary, lock(root));
            try {
                deleteTree(data.tmp());
                for (Path directory :
                        new Path[] {
                            data.kafka(),
                            data.codebooks(),
                            data.checkpoints(),
                            data.savepoints(),
                            data.logs(),
                            data.tmp()
                        }) {
                    Files.createDirectories(directory);
                }
                return data;
            } catch (IOException | RuntimeException e) {
                data.lockFile.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UserError("cannot use the data directory %s (%s)".formatted(root, e));
        }
    }

    /** A mistyped path must not scatter our directories among somebody's files. */
    private static void refuseForeign(Path root) throws IOException {
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw new UserError(
                    "the data directory %s is a file; give a directory".formatted(root));
        }
        if (!Files.isDirectory(root) || Files.exists(root.resolve(LOCK))) {
            return;
        }
        try (Stream<Path> entries = Files.list(root)) {
            if (entries.findAny().isPresent()) {
                throw new UserError(
                        ("%s is not empty and was not made by Sidestream; give a new or an"
                                        + " empty directory")
                                .formatted(root));
            }
        }
    }

    private static FileChannel lock(Path root) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        root.resolve(LOCK),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new UserError(
                        ("the data directory %s is in use by process %s; stop that one"
                                        + " first, or give another directory")
                                .formatted(root, Files.readString(root.resolve(LOCK)).strip()));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(UTF_8)));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(LOCKED_BYTE, 1, false);
        } catch (OverlappingFileLockException e) {
            return null; // this very process holds it
        }
    }

    public Path root() {
        return root;
    }

    public Path kafka() {
        return root.resolve("kafka");
    }

    public Path codebooks() {
        return root.resolve("codebooks");
    }

    public Path logs() {
        return root.resolve("logs");
    }

    /** The log file of this process. */
    public Path log() {
        return logs().resolve("sidestream.log");
    }

    /** The log file of the broker. */
    Path kafkaLog() {
        return logs().resolve("kafka.log");
    }

    Path checkpoints() {
        return root.resolve("checkpoints");
    }

    Path savepoints() {
        return root.resolve("savepoints");
    }

    Path tmp() {
        return root.resolve("tmp");
    }

    /** Gives the directory up; if it is temporary, deletes everything in it but the logs. */
    @Override
    public void close() {
        try (lockFile) {
            deleteTree(tmp());
            if (temporary) {
                try (Stream<Path> entries = Files.list(root)) {
                    for (Path entry : entries.filter(path -> !path.equals(logs())).toList()) {
                        deleteTree(entry);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot clear the data directory " + root, e);
        }
    }

    private static void deleteTree(Path top) throws IOException {
        if (!Files.exists(top)) {
            return;
        }
        Files.walkFileTree(
                top,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure)
                            throws IOException {
                        if (failure instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE; // somebody else deleted it meanwhile
                        }
                        throw failure;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path directory, IOException failure)
                            throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        Files.deleteIfExists(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
