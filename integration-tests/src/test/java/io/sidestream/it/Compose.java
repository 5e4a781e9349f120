package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The stack of {@code docker-compose.yml} as a project of its own, on free ports. */
final class Compose implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<String> IMAGES = List.of("flink:2.3.0-java17", "apache/kafka:4.2.2");

    private final List<String> compose;
    private final Path home;
    private final Map<String, String> environment = new TreeMap<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();

    private Compose(List<String> compose, Path home) throws IOException {
        this.compose = new ArrayList<>(compose);
        this.compose.addAll(List.of("-p", "sidestream-it-" + ProcessHandle.current().pid()));
        this.home = home;
        environment.put("HOME", home.toString()); // the codebook store is below it
        environment.put("KAFKA_PORT", Integer.toString(freePort()));
        environment.put("FLINK_PORT", Integer.toString(freePort()));
        environment.put("JOB_IMAGE", "sidestream-it/flink-jobs");
        environment.put("CLI_IMAGE", "sidestream-it/cli");
        environment.put("PREBUILT", "yes");
        environment.put("BUILD_IMAGE", IMAGES.get(0)); // it only copies
        Files.createDirectories(store());
    }

    /**
     * The stack, built from what this build has packaged; not yet up. Skips the test where no
     * Docker engine answers, or where the images it builds on cannot be had.
     *
     * @param home stands in for the user's home directory
     */
    static Compose orSkip(Path home) throws Exception {
        if (!succeeds("docker", "info")) {
            abort("containers are left out: no Docker engine answers");
        }
        for (String image : IMAGES) {
            if (!succeeds("docker", "image", "inspect", image)
                    && !succeeds("docker", "pull", image)) {
                abort("containers are left out: there is no image " + image);
            }
        }
        List<String> command =
                succeeds("docker", "compose", "version")
                        ? List.of("docker", "compose")
                        : List.of("docker-compose");
        if (command.size() == 1 && !succeeds(command.get(0), "version")) {
            abort("containers are left out: there is no docker compose");
        }
        Compose stack = new Compose(command, home);
        stack.run("config", "--quiet");
        stack.run("build");
        return stack;
    }

    /** The folder that the stack mounts as the codebook store. */
    Path store() {
        return home.resolve(".sidestream/codebooks");
    }

    /** Kafka, as seen from outside the containers. */
    String bootstrap() {
        return "localhost:" + environment.get("KAFKA_PORT");
    }

    /** Runs a command of Compose, which must succeed. */
    void run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(compose);
        command.addAll(List.of(arguments));
        Path log = Files.createTempFile(home, "compose", ".log");
        Process process = start(command, log);
        boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        String said = Files.readString(log);
        assertThat(ended).as("%s ends: %s", command, said).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
    }

    private Process start(List<String> command, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(ROOT.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Waits until all of the job's tasks run. */
    void awaitRunning() throws Exception {
        URI overview =
                URI.create(
                        "http://localhost:%s/jobs/overview"
                                .formatted(environment.get("FLINK_PORT")));
        Eventually.await(
                "the job runs on the stack",
                () -> {
                    try {
                        String jobs =
                                http.send(
                                                HttpRequest.newBuilder(overview).build(),
                                                HttpResponse.BodyHandlers.ofString())
                                        .body();
                        JsonNode job = json.readTree(jobs).path("jobs").path(0);
                        JsonNode tasks = job.path("tasks");
                        return job.path("state").asText().equals("RUNNING")
                                && tasks.path("running").equals(tasks.path("total"));
                    } catch (IOException e) {
                        return false; // its port is not open yet
                    }
                });
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is no such command
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Takes it down, with all that it holds. */
    @Override
    public void close() throws Exception {
        run("down", "--volumes", "--remove-orphans");
    }
}
