package io.sidestream.local.stack;

import io.sidestream.jobs.IndexingJob;
import io.sidestream.local.UserError;
import io.sidestream.local.console.LogFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink in this process, with the indexing job on it: state in RocksDB, incremental checkpoints in
 * the data directory. It goes on from the newest snapshot found there, whether it was stopped or
 * killed.
 */
final class FlinkStack implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FlinkStack.class);

    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration CHECKPOINT_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration STOP_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final MiniCluster cluster;
    private final JobID job;
    private final Snapshots.Run run;
    private final SourceProgress progress;
    private final CompletableFuture<JobResult> result;

    private FlinkStack(MiniCluster cluster, JobID job, Snapshots.Run run, SourceProgress progress) {
        this.cluster = cluster;
        this.job = job;
        this.run = run;
        this.progress = progress;
        this.result = cluster.requestJobResult(job);
    }

    /**
     * Starts Flink and the job, and waits until the job runs.
     *
     * @param options the job's own options
     * @param checkpointInterval also the time that changes wait at most before read-committed
     *     consumers see them
     * @throws UserError if Flink or the job cannot be started
     */
    static FlinkStack start(
            DataDirectory data, Configuration options, int parallelism, Duration checkpointInterval)
            throws InterruptedException {
        MiniCluster cluster = null;
        try {
            Snapshots.Run run = new Snapshots(data.checkpoints(), data.savepoints()).next();
            Configuration configuration = IndexingJob.recommended();
            configuration.addAll(settings(data, run, parallelism, checkpointInterval));
            configuration.addAll(options);
            SourceProgress progress =
                    SourceProgress.reportedBy(configuration, data.root().toString());

            cluster =
                    new MiniCluster(
                            new MiniClusterConfiguration.Builder()
                                    .setConfiguration(configuration)
                                    .setNumTaskManagers(1)
                                    .setNumSlotsPerTaskManager(parallelism)
                                    .build());
            cluster.start();
            StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
            IndexingJob.onKafka(env, configuration);
            StreamGraph graph = env.getStreamGraph();
            graph.setJobName(IndexingJob.NAME);
            JobID job = cluster.submitJob(graph.getJobGraph()).get().getJobID();
            LOG.info("Job {} begins from {}", job, run.restoreFrom());
            FlinkStack flink = new FlinkStack(cluster, job, run, progress);
            flink.awaitRunning();
            return flink;
        } catch (InterruptedException | UserError e) {
            closeQuietly(cluster);
            throw e;
        } catch (Exception e) {
            LOG.error("The indexing job cannot be started", e);
            UserError failure =
                    failure("the indexing job cannot be started: " + Failures.reason(e), e);
            closeQuietly(cluster);
            throw failure;
        }
    }

    private static Configuration settings(
            DataDirectory data, Snapshots.Run run, int parallelism, Duration checkpointInterval) {
        Configuration settings =
                EmbeddedFlink.settings(data.tmp(), parallelism, MemorySize.ofMebiBytes(384));
        settings.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval);
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        settings.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, run.checkpoints().toUri().toString());
        settings.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        run.restoreFrom()
                .ifPresent(
                        snapshot -> {
                            settings.set(
                                    StateRecoveryOptions.SAVEPOINT_PATH,
                                    snapshot.toUri().toString());
                            // The snapshot is nobody else's: Flink deletes it when a newer one
                            // needs it no more.
                            settings.set(
                                    StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
                        });

        // Rides out what passes by itself; what does not is to be seen, not repeated for ever.
        settings.set(RestartStrategyOptions.RESTART_STRATEGY, "failure-rate");
        settings.set(
                RestartStrategyOptions.RESTART_STRATEGY_FAILURE_RATE_MAX_FAILURES_PER_INTERVAL, 3);
        settings.set(
                RestartStrategyOptions.RESTART_STRATEGY_FAILURE_RATE_FAILURE_RATE_INTERVAL,
                Duration.ofMinutes(2));
        settings.set(
                RestartStrategyOptions.RESTART_STRATEGY_FAILURE_RATE_DELAY, Duration.ofSeconds(1));
        return settings;
    }

    /** The snapshot that the job went on from. */
    Optional<Path> restoredFrom() {
        return run.restoreFrom();
    }

    /**
     * @throws UserError if the job has ended
     */
    void requireRunning() {
        if (!result.isDone()) {
            return;
        }
        Throwable cause;
        String status = "lost";
        try {
            JobResult ended = result.join();
            status = ended.getJobStatus().map(JobStatus::name).orElse(status);
            cause =
                    ended.getSerializedThrowable()
                            .map(e -> e.deserializeError(getClass().getClassLoader()))
                            .orElse(null);
        } catch (CompletionException e) {
            cause = e;
        }
        throw failure(
                "the indexing job has ended: %s%s"
                        .formatted(status, cause == null ? "" : ": " + Failures.reason(cause)),
                cause);
    }

    /** Waits until every task of the job runs, which they do when their state is restored. */
    private void awaitRunning() throws InterruptedException, ExecutionException {
        while (!runs()) {
            requireRunning();
            Thread.sleep(POLL.toMillis());
        }
    }

    private boolean runs() throws InterruptedException, ExecutionException {
        boolean any = false; // at first the job has no tasks yet
        for (AccessExecutionVertex task :
                cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
            if (task.getExecutionState() != ExecutionState.RUNNING) {
                return false;
            }
            any = true;
        }
        return any;
    }

    /** How far the job has read its input. */
    SourceProgress progress() {
        return progress;
    }

    /**
     * Takes a checkpoint now, and waits until it is complete.
     *
     * @return false if there was none, because the job was recovering from a failure, for example;
     *     to be tried again
     * @throws UserError if the job has ended
     */
    boolean checkpoint() throws InterruptedException {
        try {
            cluster.triggerCheckpoint(job, CheckpointType.CONFIGURED)
                    .get(CHECKPOINT_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            requireRunning();
            LOG.warn("The checkpoint that was asked for has failed", e);
            return false;
        }
    }

    /**
     * Stops the job in good order: it takes a last snapshot, from which the next run goes on, and
     * commits everything that it has written.
     *
     * @return the savepoint
     * @throws UserError if that fails; the last checkpoint is still there to go on from
     */
    Path stop() throws InterruptedException {
        try {
            String savepoint =
                    cluster.stopWithSavepoint(
                                    job,
                                    run.savepoints().toUri().toString(),
                                    false,
                                    SavepointFormatType.NATIVE)
                            .get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            result.get(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            return Path.of(URI.create(savepoint));
        } catch (ExecutionException | TimeoutException e) {
            LOG.error("The indexing job cannot be stopped with a savepoint", e);
            throw failure("the indexing job did not stop in good order: " + Failures.reason(e), e);
        }
    }

    /** Cancels the job if it still runs, and ends Flink. */
    @Override
    public void close() {
        closeQuietly(cluster);
    }

    private static void closeQuietly(MiniCluster cluster) {
        if (cluster == null) {
            return;
        }
        try {
            cluster.closeAsync().get(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Flink did not end in good order", e);
        }
    }

    private static UserError failure(String message, Throwable cause) {
        return new UserError(Failures.withLog(message, LogFile.path()), cause);
    }
}
