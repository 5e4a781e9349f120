package io.sidestream.local.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
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

    /** Sends the log to a file, unless one was named on the Java command line. */
    public static void use(Path file) {
        if (!GIVEN) {
            System.setProperty(PROPERTY, file.toAbsolutePath().toString());
        }
    }

    /** Sends the log to a file of this process's own, in the folder for temporary files. */
    public static void useTemporary() {
        use(temporary());
    }

    /** Removes the file of {@link #useTemporary} when it is of no interest to anybody. */
    public static void discardTemporary() {
        try {
            Files.deleteIfExists(temporary());
        } catch (IOException e) {
            return; // it stays, where the system clears up
        }
    }

    private static Path temporary() {
        return Path.of(
                        System.getProperty("java.io.tmpdir"),
                        "sidestream-%s-%d.log"
                                .formatted(
                                        System.getProperty("user.name"),
                                        ProcessHandle.current().pid()))
                .toAbsolutePath();
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
