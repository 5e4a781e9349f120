package io.sidestream.local.stack;

import io.sidestream.local.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker in a child process of its own ({@link BrokerProcess}): its heap and its garbage
 * are not the job's, and it can be killed like any other. It listens on the loopback interface only
 * and ends with this process, however that ends.
 */
public final class Broker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private static final String HOST = "127.0.0.1";
    private static final String HEAP = "-Xmx256m";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(120);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private final Process process;
    private final int port;
    private final Path log;

    private Broker(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /**
     * Starts a broker and waits until it answers.
     *
     * @param port where to listen, or 0: any free port
     * @throws UserError if the port is taken or the broker does not come up
     * @throws InterruptedException if the thread is interrupted; no broker is left then
     */
    public static Broker start(DataDirectory data, int port) throws InterruptedException {
        int listener = requireFree(port);
        Process process;
        try {
            Path configuration = data.kafka().resolveSibling("kafka.properties");
            write(configuration, properties(data, listener, freePort()));
            process = launch(configuration, data.kafkaLog());
        } catch (IOException e) {
            throw new UncheckedIOException("The broker's process cannot be started", e);
        }
        Broker broker = new Broker(process, listener, data.kafkaLog());
        try {
            broker.awaitAnswer();
            return broker;
        } catch (InterruptedException | RuntimeException e) {
            broker.kill();
            throw e;
        }
    }

    private static Process launch(Path configuration, Path log) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new ProcessBuilder(
                        java.toString(),
                        HEAP,
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BrokerProcess.class.getName(),
                        configuration.toString(),
                        log.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static Properties properties(DataDirectory data, int port, int controllerPort) {
        Properties properties = new Properties();
        properties.putAll(
                Map.ofEntries(
                        Map.entry("process.roles", "broker,controller"),
                        Map.entry("node.id", "1"),
                        Map.entry("log.dirs", data.kafka().toString()),
                        Map.entry(
                                "listeners",
                                "PLAINTEXT://%1$s:%2$d,CONTROLLER://%1$s:%3$d"
                                        .formatted(HOST, port, controllerPort)),
                        Map.entry(
                                "listener.security.protocol.map",
                                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                        Map.entry("controller.listener.names", "CONTROLLER"),
                        Map.entry(
                                "controller.quorum.voters",
                                "1@%s:%d".formatted(HOST, controllerPort)),
                        // Topics are made on purpose, with the clean-up policies they need.
                        Map.entry("auto.create.topics.enable", "false"),
                        // One broker holds the only replica of everything.
                        Map.entry("default.replication.factor", "1"),
                        Map.entry("min.insync.replicas", "1"),
                        Map.entry("offsets.topic.replication.factor", "1"),
                        Map.entry("offsets.topic.num.partitions", "1"),
                        Map.entry("transaction.state.log.replication.factor", "1"),
                        Map.entry("transaction.state.log.min.isr", "1"),
                        Map.entry("transaction.state.log.num.partitions", "4"),
                        Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                        Map.entry("share.coordinator.state.topic.min.isr", "1"),
                        Map.entry("group.initial.rebalance.delay.ms", "0"),
                        // A small heap: the default buffer alone would take half of it.
                        Map.entry("log.cleaner.dedupe.buffer.size", "33554432"),
                        Map.entry("num.network.threads", "2"),
                        Map.entry("num.io.threads", "4")));
        return properties;
    }

    private static void write(Path file, Properties properties) throws IOException {
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, "Written anew at every start");
        }
    }

    /** A port, if it is free, else 0: any free one. */
    public static int portOrAny(int port) {
        try {
            return requireFree(port);
        } catch (UserError e) {
            return 0;
        }
    }

    private static int freePort() {
        return requireFree(0);
    }

    /** The port itself, or any free one for 0. */
    private static int requireFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UserError(
                    ("port %d of %s cannot be used for Kafka (%s); stop what uses it, or choose"
                                    + " another port with --bootstrap-port (0: any free one)")
                            .formatted(port, HOST, e.getMessage()),
                    e);
        }
    }

    private void awaitAnswer() throws InterruptedException {
        Map<String, Object> settings =
                Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap(),
                        AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG,
                        200,
                        AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                        200,
                        AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG,
                        "none");
        try (Admin admin = Admin.create(settings)) {
            // The client itself tries again until somebody answers.
            CompletableFuture<?> answer =
                    admin.describeCluster(
                                    new DescribeClusterOptions()
                                            .timeoutMs((int) START_TIMEOUT.toMillis()))
                            .nodes()
                            .toCompletionStage()
                            .toCompletableFuture();
            CompletableFuture.anyOf(answer, process.onExit())
                    .get(START_TIMEOUT.toSeconds() + 1, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw failure("does not answer after %d s".formatted(START_TIMEOUT.toSeconds()));
        }
        requireRunning();
    }

    private UserError failure(String what) {
        return new UserError(Failures.withLog("the embedded Kafka broker " + what, log));
    }

    /** {@code host:port} for clients. */
    public String bootstrap() {
        return HOST + ":" + port;
    }

    /**
     * @throws UserError if the broker has ended
     */
    void requireRunning() {
        if (!process.isAlive()) {
            throw failure("has ended with status " + process.exitValue());
        }
    }

    /** Kills the broker as a crash of the machine would; for tests of recovery. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Stops the broker in good order, and without order when that takes too long. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("The broker did not stop within {}: killing it", STOP_TIMEOUT);
            }
        } catch (IOException e) {
            LOG.warn("The broker's standard input cannot be closed: killing it", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            kill();
        }
    }
}
