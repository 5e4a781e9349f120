package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The command line in a process of its own. */
final class SidestreamProcess implements Alive, AutoCloseable {

    /** What the launcher adds where the JVM knows it. */
    static final List<String> SIMD = List.of("--add-modules", "jdk.incubator.vector");

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Process process;
    private final Path output;

    private SidestreamProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /**
     * @param javaHome the JDK to run it on
     * @param options for the JVM
     * @param output gets what it says
     */
    static SidestreamProcess start(
            Path javaHome, List<String> options, Path output, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin/java").toString());
        command.add("-Xmx1g");
        command.add("-Djava.io.tmpdir=" + output.getParent());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add("io.sidestream.local.Sidestream");
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        process.getOutputStream().close();
        return new SidestreamProcess(process, output);
    }

    /** The JDK of this process. */
    static Path ownJdk() {
        return Path.of(System.getProperty("java.home"));
    }

    /** Every JDK that is installed beside this one, or where Linux distributions put them. */
    static List<Path> jdks() throws IOException {
        List<Path> found = new ArrayList<>(List.of(ownJdk().toRealPath()));
        for (Path parent : List.of(ownJdk().toRealPath().getParent(), Path.of("/usr/lib/jvm"))) {
            if (Files.isDirectory(parent)) {
                try (Stream<Path> homes = Files.list(parent)) {
                    for (Path home : homes.sorted().toList()) {
                        Path real = home.toRealPath();
                        if (isUsable(real) && !found.contains(real)) {
                            found.add(real);
                        }
                    }
                }
            }
        }
        return found;
    }

    private static boolean isUsable(Path home) throws IOException {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) {
            return false;
        }
        Matcher version =
                Pattern.compile("JAVA_VERSION=\"(\\d+)").matcher(Files.readString(release));
        return version.find() && Integer.parseInt(version.group(1)) >= 17;
    }

    /** Everything that it has said. */
    String said() throws IOException {
        return Files.readString(output);
    }

    /** Waits until it says something. */
    void awaitSaying(String text) throws Exception {
        Eventually.await(
                text,
                () -> {
                    requireAlive();
                    return said().contains(text);
                });
    }

    /** Waits for its end, which must be a good one. */
    void awaitSuccess() throws Exception {
        awaitSuccess(PATIENCE);
    }

    void awaitSuccess(Duration patience) throws Exception {
        assertThat(process.waitFor(patience.toSeconds(), TimeUnit.SECONDS))
                .as("it ends: " + said())
                .isTrue();
        assertThat(process.exitValue()).as(said()).isZero();
    }

    /** Asks it to stop, as Ctrl-C does. */
    void stop() throws Exception {
        process.destroy();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("it stops: " + said())
                .isTrue();
    }

    /** Kills it and what it has started, the broker, so that none can do anything more. */
    void kill() {
        List<ProcessHandle> all =
                Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
    }

    @Override
    public void requireAlive() throws IOException {
        assertThat(process.isAlive()).as("it runs: " + said()).isTrue();
    }

    @Override
    public void close() {
        kill();
    }
}
