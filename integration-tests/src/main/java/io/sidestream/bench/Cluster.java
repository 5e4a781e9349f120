package io.sidestream.bench;

import io.sidestream.jobs.IndexingJob;
import io.sidestream.operators.assign.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsStatus;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Flink in this process, for one job, set up as the indexing job recommends. */
public final class Cluster implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int CHECKPOINT_HISTORY = 1_000;

    private final Configuration configuration;
    private final MiniCluster cluster;
    private JobID job;

    private Cluster(Configuration configuration, MiniCluster cluster) {
        this.configuration = configuration;
        this.cluster = cluster;
    }

    /**
     * @param directory for working state and checkpoints
     */
    public static Cluster start(int parallelism, Path directory) throws Exception {
        return start(parallelism, directory, new Configuration());
    }

    /**
     * @param directory for working state and checkpoints
     * @param settings that go before the usual ones
     */
    public static Cluster start(int parallelism, Path directory, Configuration settings)
            throws Exception {
        Configuration configuration = IndexingJob.recommended();
        configuration.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
        configuration.set(CoreOptions.TMP_DIRS, directory.toString());
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                directory.resolve("checkpoints").toUri().toString());
        configuration.set(StoreOptions.ROOTS, List.of(directory.toUri().toString()));
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        configuration.set(RestOptions.BIND_PORT, "0");
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(384));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
        configuration.set(WebOptions.CHECKPOINTS_HISTORY_SIZE, CHECKPOINT_HISTORY);
        configuration.addAll(settings);
        MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(configuration)
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(parallelism)
                                .build());
        cluster.start();
        return new Cluster(configuration, cluster);
    }

    /** A copy of the settings, for the environment that the job is drawn in. */
    public Configuration configuration() {
        return configuration.clone();
    }

    /** Starts what has been drawn. */
    public void submit(StreamExecutionEnvironment env) throws Exception {
        job = cluster.submitJob(env.getStreamGraph().getJobGraph()).get().getJobID();
    }

    /** Waits until every task runs. */
    public void awaitRunning() throws Exception {
        await(
                "all tasks to run",
                () -> {
                    for (var task :
                            cluster.getExecutionGraph(job).join().getAllExecutionVertices()) {
                        if (task.getExecutionState() != ExecutionState.RUNNING) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    /** Waits for something to become true while the job runs. */
    public void await(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (cluster.getJobStatus(job).get().isGloballyTerminalState()) {
                cluster.requestJobResult(job)
                        .get()
                        .toJobExecutionResult(getClass().getClassLoader()); // throws why it failed
                throw new IllegalStateException("The job ended; still waiting for " + what);
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("Waited in vain for " + what);
            }
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
        }
    }

    /** Takes a checkpoint now, and waits for it. */
    public void checkpoint() throws Exception {
        cluster.triggerCheckpoint(job, CheckpointType.CONFIGURED)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** How long the checkpoints took that were completed between two times, in milliseconds. */
    public List<Long> checkpointsBetween(long from, long to) throws Exception {
        return cluster
                .getExecutionGraph(job)
                .get()
                .getCheckpointStatsSnapshot()
                .getHistory()
                .getCheckpoints()
                .stream()
                .filter(checkpoint -> checkpoint.getStatus() == CheckpointStatsStatus.COMPLETED)
                .filter(
                        checkpoint -> {
                            long end =
                                    checkpoint.getTriggerTimestamp()
                                            + checkpoint.getEndToEndDuration();
                            return end >= from && end <= to;
                        })
                .map(AbstractCheckpointStats::getEndToEndDuration)
                .toList();
    }

    /** Ends Flink and, if it still runs, the job. */
    @Override
    public void close() throws InterruptedException, ExecutionException, TimeoutException {
        cluster.closeAsync().get(1, TimeUnit.MINUTES);
    }
}
