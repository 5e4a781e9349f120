package io.sidestream.local.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The file that all logging of this process goes to, named by the system property {@value
 * #PROPERTY}, which log4j looks up for every event. {@link #useTemporary} comes before any class of
 * Kafka or Flink is touched; a command that has a better place moves there with {@link #use}.
 */
public final class LogFile {

    private static final String PROPERTY = "sidestream.log.file";
    private static final boolean GIVEN = System.getProperty(PROPERTY) != null;

    private LogFile() {}

    private static Path temporary;

    /**
     * Sends the log to a file, unless one was named on the Java command line. Nobody but its owner
     * may read it: it may cite items, addresses and settings.
     */
    public static void use(Path file) {
        if (!GIVEN) {
            makePrivate(file);
            System.setProperty(PROPERTY, file.toAbsolutePath().toString());
        }
    }

    private static void makePrivate(Path file) {
        try {
            if (Files.notExists(file)) {
                Files.createFile(file);
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException | UnsupportedOperationException e) {
            return; // log4j complains where it cannot be written to; not every system has owners
        }
    }

    /** Sends the log to a file of this process's own, in the folder for temporary files. */
    public static void useTemporary() {
        try {
            // Under a name that nobody else can have taken.
            temporary =
                    Files.createTempFile(
                            "sidestream-%d-".formatted(ProcessHandle.current().pid()), ".log");
            use(temporary);
        } catch (IOException e) {
            throw new UncheckedIOException("No file for the log can be made", e);
        }
    }

    /** Removes the file of {@link #useTemporary} when it is of no use any more. */
    public static void discardTemporary() {
        try {
            if (temporary != null) {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            return; // it stays, where the system clears up
        }
    }

    /** The file in use, or null before {@link #use}. */
    public static Path path() {
        String path = System.getProperty(PROPERTY);
        return path == null ? null : Path.of(path);
    }

    /**
     * The last lines of a log, at most {@code count}; none when it cannot be read: this is called
     * when something else has failed already.
     */
    public static List<String> lastLines(Path file, int count) {
        Deque<String> last = new ArrayDeque<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last.addLast(line);
                if (last.size() > count) {
                    last.removeFirst();
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return List.copyOf(last);
    }
}
