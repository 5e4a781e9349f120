package io.sidestream.local.stack;

import io.sidestream.jobs.BackfillException;
import io.sidestream.jobs.BackfillJob;
import io.sidestream.jobs.BackfillOptions;
import io.sidestream.jobs.KafkaOptions;
import io.sidestream.local.UserError;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.kafka.Connection;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.schema.BackfillProgress;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backfill on Flink in this process.
 *
 * @param version the codebook version to be filled
 * @param store the folder of its codebook file, as a URI
 * @param jobsGroup consumer group of the indexing job
 * @param itemsPerSecond the most embeddings to be read in a second; 0: as many as can be
 * @param parallelism subtasks of every operator
 * @param again whether to begin anew, whatever an earlier one has come to
 */
public record Backfill(
        String version,
        String store,
        String jobsGroup,
        double itemsPerSecond,
        int parallelism,
        boolean again) {

    private static final Logger LOG = LoggerFactory.getLogger(Backfill.class);

    /**
     * Runs it from where it is to its end.
     *
     * @param listener is told how far it has come, about every second
     * @throws UserError if it cannot be done; run again, it goes on where it was
     * @throws InterruptedException if the thread is interrupted; likewise
     */
    public void run(Connection connection, Consumer<BackfillProgress> listener)
            throws InterruptedException {
        try (DataDirectory working = DataDirectory.temporary()) {
            Configuration config = configuration(connection, working);
            BackfillJob.run(
                    StreamExecutionEnvironment.createLocalEnvironment(parallelism, config),
                    config,
                    KafkaOptions.from(config).withProperties(connection.properties()),
                    listener);
        } catch (InterruptedException e) {
            throw e;
        } catch (BackfillException | IllegalArgumentException e) {
            LOG.error("The backfill cannot be done", e);
            throw new UserError(e.getMessage(), e);
        } catch (Exception e) {
            if (isInterruption(e)) {
                throw new InterruptedException("the backfill was interrupted");
            }
            LOG.error("The backfill has failed", e);
            throw new UserError(
                    Failures.withLog(
                            "the backfill of codebook version %s has failed: %s; run it again, and it goes on where it was"
                                    .formatted(version, Failures.reason(e)),
                            LogFile.path()),
                    e);
        }
    }

    /** Flink and Kafka have exceptions of their own for a thread that was interrupted in them. */
    private static boolean isInterruption(Throwable error) {
        return ExceptionUtils.findThrowable(error, InterruptedException.class).isPresent()
                || ExceptionUtils.findThrowable(error, InterruptException.class).isPresent();
    }

    private Configuration configuration(Connection connection, DataDirectory working) {
        Configuration config = BackfillJob.recommended();
        config.addAll(
                EmbeddedFlink.settings(working.tmp(), parallelism, MemorySize.ofMebiBytes(16)));
        config.set(TaskManagerOptions.NUM_TASK_SLOTS, parallelism);
        config.set(KafkaOptions.BOOTSTRAP, connection.bootstrap());
        config.set(KafkaOptions.TOPIC_PREFIX, connection.topics().prefix());
        config.set(KafkaOptions.GROUP_ID, jobsGroup);
        config.set(BackfillOptions.VERSION, version);
        config.set(StoreOptions.ROOTS, List.of(store));
        config.set(BackfillOptions.ITEMS_PER_SECOND, itemsPerSecond);
        config.set(BackfillOptions.AGAIN, again);
        return config;
    }
}
