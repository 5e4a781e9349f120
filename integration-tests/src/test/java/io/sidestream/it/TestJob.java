package io.sidestream.it;

import io.sidestream.jobs.IndexingJob;
import io.sidestream.jobs.KafkaOptions;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.operators.publish.PublishOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The indexing job on a Flink cluster of its own, whose TaskManagers can be killed. */
final class TestJob implements Alive, AutoCloseable {

    private static final Duration CHECKPOINT_INTERVAL = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Path directory;
    private final MiniCluster cluster;
    private final JobID job;
    private int killed;

    private TestJob(Path directory, MiniCluster cluster, JobID job) {
        this.directory = directory;
        this.cluster = cluster;
        this.job = job;
    }

    /** Settings of a job: those of the topics, and two TaskManagers if it has several subtasks. */
    static final class Builder {

        private final Configuration configuration = IndexingJob.recommended();
        private final Path directory;
        private final int parallelism;

        private Builder(TestKafka kafka, int parallelism, Path directory) {
            this.directory = directory;
            this.parallelism = parallelism;
            configuration.set(KafkaOptions.BOOTSTRAP, kafka.connection().bootstrap());
            configuration.set(KafkaOptions.TOPIC_PREFIX, kafka.topics().prefix());
            configuration.set(KafkaOptions.GROUP_ID, kafka.topics().prefix());
            configuration.set(KafkaOptions.TRANSACTIONAL_ID_PREFIX, kafka.topics().prefix());
            configuration.set(StoreOptions.ROOTS, List.of(TestKafka.STORES));
            configuration.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
            configuration.set(CoreOptions.TMP_DIRS, directory.toString());
            configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
            configuration.set(
                    CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                    directory.resolve("checkpoints").toUri().toString());
            configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
            configuration.set(RestOptions.BIND_PORT, "0");
            configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(128));
            configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
            configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
        }

        /** Goes on after failures, instead of ending. */
        Builder restarting() {
            configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
            configuration.set(
                    RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS,
                    Integer.MAX_VALUE);
            configuration.set(
                    RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY,
                    Duration.ofMillis(100));
            return this;
        }

        /** Lets items wait for long, so that checkpoints find some waiting. */
        Builder lingering() {
            configuration.set(AssignOptions.LINGER, CHECKPOINT_INTERVAL.dividedBy(2));
            configuration.set(AssignOptions.BUNDLE_SIZE, 4_096);
            return this;
        }

        <T> Builder with(ConfigOption<T> option, T value) {
            configuration.set(option, value);
            return this;
        }

        Builder from(String savepoint) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            return this;
        }

        Builder disambiguation(String policy) {
            configuration.set(PublishOptions.DISAMBIGUATION, policy);
            return this;
        }

        TestJob start() throws Exception {
            int taskManagers = Math.min(parallelism, 2);
            MiniCluster cluster =
                    new MiniCluster(
                            new MiniClusterConfiguration.Builder()
                                    .setConfiguration(configuration)
                                    .setNumTaskManagers(taskManagers)
                                    .setNumSlotsPerTaskManager(
                                            (parallelism + taskManagers - 1) / taskManagers)
                                    .build());
            try {
                cluster.start();
                StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
                IndexingJob.onKafka(env, configuration);
                JobID id = cluster.submitJob(env.getStreamGraph().getJobGraph()).get().getJobID();
                TestJob job = new TestJob(directory, cluster, id);
                job.awaitRunning();
                return job;
            } catch (Exception | AssertionError e) {
                cluster.close();
                throw e;
            }
        }
    }

    /**
     * @param directory for working state, checkpoints and savepoints
     */
    static Builder on(TestKafka kafka, int parallelism, Path directory) {
        return new Builder(kafka, parallelism, directory);
    }

    /** Waits until every task runs. */
    void awaitRunning() throws Exception {
        Eventually.await(
                "all tasks run",
                () -> {
                    requireAlive();
                    for (AccessExecutionVertex task :
                            cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
                        if (task.getExecutionState() != ExecutionState.RUNNING) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    /** Kills the oldest TaskManager with all that runs on it, and starts another. */
    void replaceTaskManager() throws Exception {
        cluster.terminateTaskManager(killed++).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        cluster.startTaskManager();
    }

    JobID id() {
        return job;
    }

    /** Where the cluster's REST endpoint is. */
    URI restAddress() throws Exception {
        return cluster.getRestAddress().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** How often a task has been started again, at most. */
    int restarts() throws Exception {
        int restarts = 0;
        for (AccessExecutionVertex task :
                cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
            restarts = Math.max(restarts, task.getCurrentExecutionAttempt().getAttemptNumber());
        }
        return restarts;
    }

    /** Stops the job in good order. */
    String stopWithSavepoint() throws Exception {
        return cluster.stopWithSavepoint(
                        job,
                        directory.resolve("savepoints").toUri().toString(),
                        false,
                        SavepointFormatType.CANONICAL)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void requireAlive() throws Exception {
        if (cluster.getJobStatus(job).get().isGloballyTerminalState()) {
            cluster.requestJobResult(job).get().toJobExecutionResult(getClass().getClassLoader());
            throw new AssertionError("The job has ended");
        }
    }

    @Override
    public void close() throws Exception {
        cluster.close();
    }
}
