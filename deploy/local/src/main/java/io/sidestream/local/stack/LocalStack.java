package io.sidestream.local.stack;

import io.sidestream.codebook.Codebook;
import io.sidestream.jobs.KafkaOptions;
import io.sidestream.local.UserError;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.schema.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka, its topics, Flink and the indexing job, started in this order and stopped in the reverse
 * one. Serves one thread.
 */
public final class LocalStack implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);

    private final Broker broker;
    private final FlinkStack flink;
    private final Connection connection;
    private final String consumerGroup;
    private final CodebookStore codebooks;

    private LocalStack(
            Broker broker,
            FlinkStack flink,
            Connection connection,
            String consumerGroup,
            CodebookStore codebooks) {
        this.broker = broker;
        this.flink = flink;
        this.connection = connection;
        this.consumerGroup = consumerGroup;
        this.codebooks = codebooks;
    }

    /**
     * @param port of Kafka, or 0: any free one
     * @param parallelism subtasks of every operator of the job
     * @param checkpointInterval between two commits of what the job writes
     * @param job options of the indexing job
     */
    public record Settings(
            int port, int parallelism, Duration checkpointInterval, Configuration job) {

        private static final int MOST = 4;

        /** Subtasks for this machine: the job shares it with the broker and the user. */
        public static int defaultParallelism() {
            return Math.min(Runtime.getRuntime().availableProcessors(), MOST);
        }
    }

    /**
     * Starts everything and waits until the job runs.
     *
     * @throws UserError if a part of it does not come up
     * @throws InterruptedException if the thread is interrupted; nothing is left running then
     */
    public static LocalStack start(DataDirectory data, Settings settings)
            throws InterruptedException {
        Broker broker = Broker.start(data, settings.port());
        try {
            Topics names = new Topics(settings.job().get(KafkaOptions.TOPIC_PREFIX));
            Connection connection = new Connection(broker.bootstrap(), Map.of(), names);
            try (TopicAdmin topics = TopicAdmin.connect(connection)) {
                topics.create(
                        connection.topics().fixed(),
                        Math.max(TopicAdmin.DEFAULT_PARTITIONS, settings.parallelism()),
                        TopicAdmin.BROKERS_REPLICATION);
            }
            Configuration job = new Configuration();
            job.addAll(settings.job());
            job.set(KafkaOptions.BOOTSTRAP, connection.bootstrap());
            List<String> roots = new ArrayList<>(job.get(StoreOptions.ROOTS));
            roots.add(data.codebooks().toUri().toString());
            job.set(StoreOptions.ROOTS, roots);
            FlinkStack flink =
                    FlinkStack.start(
                            data, job, settings.parallelism(), settings.checkpointInterval());
            return new LocalStack(
                    broker,
                    flink,
                    connection,
                    job.get(KafkaOptions.GROUP_ID),
                    new CodebookStore(data.codebooks().toUri()));
        } catch (InterruptedException | RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    /** How to reach the stack's Kafka. */
    public Connection connection() {
        return connection;
    }

    /**
     * Publishes a codebook as the active version, from the data directory's store.
     *
     * @throws UserError if its name stands for another codebook already, or has been retired
     */
    public void activate(Codebook codebook) throws IOException, InterruptedException {
        new CodebookRegistry(connection)
                .publish(codebook, codebooks, true, now -> {}, TopicAdmin.BROKERS_REPLICATION);
    }

    /** The snapshot that the job went on from; empty for a first start. */
    public Optional<Path> restoredFrom() {
        return flink.restoredFrom();
    }

    FlinkStack flink() {
        return flink;
    }

    /** Where the job says how far it has read its input. */
    String consumerGroup() {
        return consumerGroup;
    }

    /**
     * Waits for anything that is worth waiting for, unless the stack fails meanwhile.
     *
     * @throws UserError if the broker or the job has ended
     */
    public void sleep(Duration time) throws InterruptedException {
        requireHealthy();
        Thread.sleep(time.toMillis());
        requireHealthy();
    }

    /**
     * @throws UserError if the broker or the job has ended
     */
    public void requireHealthy() {
        broker.requireRunning(); // without it the job fails, too, but later
        flink.requireRunning();
    }

    /**
     * Has the job take a checkpoint now, which commits all that it has written, and waits until it
     * is complete.
     *
     * @return false if there was none, because the job was recovering from a failure, for example;
     *     to be tried again
     * @throws UserError if the broker or the job has ended
     */
    public boolean checkpoint() throws InterruptedException {
        requireHealthy();
        return flink.checkpoint();
    }

    /**
     * Stops the job in good order, with a last snapshot and everything committed, and leaves Kafka
     * running. The stack is not healthy from then on.
     *
     * @throws UserError if the job could not be stopped like that
     */
    public void stopJob() throws InterruptedException {
        requireHealthy();
        LOG.info("Stopped with savepoint {}", flink.stop());
        flink.close();
    }

    /**
     * Stops in good order: first the job, as {@link #stopJob} does, then Kafka.
     *
     * @throws UserError if the job could not be stopped like that; all is stopped nevertheless
     */
    public void stop() throws InterruptedException {
        try {
            stopJob();
        } finally {
            close();
        }
    }

    /** Stops quickly; the job's last checkpoint stays to go on from. */
    @Override
    public void close() {
        // An interrupt asked for this very stop: it is not to cut it short.
        boolean interrupted = Thread.interrupted();
        try {
            flink.close();
        } finally {
            broker.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
