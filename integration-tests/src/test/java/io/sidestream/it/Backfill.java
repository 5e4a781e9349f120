package io.sidestream.it;

import io.sidestream.jobs.BackfillJob;
import io.sidestream.jobs.BackfillOptions;
import io.sidestream.jobs.KafkaOptions;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.util.TestStreamEnvironment;

/** One go at a backfill, on a Flink cluster of its own, which can be killed. */
final class Backfill implements Alive, AutoCloseable {

    /** As many as can be. */
    static final double UNLIMITED = 0;

    private static final Duration CHECKPOINT_INTERVAL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final MiniCluster cluster;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final List<BackfillProgress> progress = new CopyOnWriteArrayList<>();
    private final Future<?> end;

    private Backfill(MiniCluster cluster, Configuration configuration, int parallelism) {
        this.cluster = cluster;
        this.end =
                thread.submit(
                        () -> {
                            BackfillJob.run(
                                    new TestStreamEnvironment(
                                            cluster,
                                            configuration,
                                            parallelism,
                                            List.of(),
                                            List.of()),
                                    configuration,
                                    progress::add);
                            return null;
                        });
    }

    /**
     * @param itemsPerSecond the most that it reads, or {@link #UNLIMITED}
     */
    static Backfill start(
            TestKafka kafka, TestCodebook codebook, int parallelism, double itemsPerSecond)
            throws Exception {
        return start(kafka, codebook, parallelism, itemsPerSecond, Duration.ofMinutes(1));
    }

    /**
     * @param itemsPerSecond the most that it reads, or {@link #UNLIMITED}
     * @param liveTimeout how long it waits for the indexing job
     */
    static Backfill start(
            TestKafka kafka,
            TestCodebook codebook,
            int parallelism,
            double itemsPerSecond,
            Duration liveTimeout)
            throws Exception {
        Configuration configuration = BackfillJob.recommended();
        configuration.set(KafkaOptions.BOOTSTRAP, kafka.connection().bootstrap());
        configuration.set(KafkaOptions.TOPIC_PREFIX, kafka.topics().prefix());
        configuration.set(KafkaOptions.GROUP_ID, kafka.topics().prefix());
        configuration.set(StoreOptions.ROOTS, List.of(TestKafka.STORES));
        configuration.set(BackfillOptions.VERSION, codebook.version());
        configuration.set(BackfillOptions.ITEMS_PER_SECOND, itemsPerSecond);
        configuration.set(BackfillOptions.LIVE_TIMEOUT, liveTimeout);
        configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        configuration.set(RestOptions.BIND_PORT, "0");
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(8));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(8));
        MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(configuration)
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(parallelism)
                                .build());
        cluster.start();
        return new Backfill(cluster, configuration, parallelism);
    }

    /** Waits until some is read, and by far not all. */
    void awaitMiddle() throws Exception {
        awaitProgress(
                "in the middle",
                step ->
                        step.getPhase() == BackfillPhase.ASSIGNING
                                && step.getRead() > 0
                                && step.getRead() < step.getTotal());
    }

    /** Waits until all is read, and told to the index. */
    void awaitHandedOver() throws Exception {
        awaitProgress("handed over", step -> step.getPhase() == BackfillPhase.INDEXING);
    }

    private void awaitProgress(String what, Predicate<BackfillProgress> wanted) throws Exception {
        Eventually.await(
                "the backfill is " + what,
                () -> {
                    boolean over = end.isDone();
                    boolean reached = progress.stream().anyMatch(wanted);
                    if (over && !reached) {
                        end.get(); // says why it has failed
                        throw new AssertionError(
                                "The backfill was never %s: %s".formatted(what, progress));
                    }
                    return reached;
                });
    }

    /** Waits until the version is filled. */
    BackfillProgress await() throws Exception {
        Eventually.await("the backfill is done", end::isDone);
        end.get(); // says why it has failed
        BackfillProgress last = progress.get(progress.size() - 1);
        if (last.getPhase() != BackfillPhase.DONE) {
            throw new AssertionError("The backfill ended as " + last);
        }
        return last;
    }

    /** Waits until it has given up, and returns why. */
    Throwable awaitFailure() throws Exception {
        try {
            end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return e.getCause();
        }
        throw new AssertionError("The backfill has not failed: " + progress);
    }

    /** Kills everything that is at work on it. */
    Throwable kill() throws Exception {
        cluster.terminateTaskManager(0).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return awaitFailure();
    }

    /** As somebody does who presses Ctrl-C. */
    Throwable interrupt() throws Exception {
        thread.shutdownNow();
        return awaitFailure();
    }

    @Override
    public void requireAlive() throws Exception {
        if (end.isDone()) {
            end.get();
        }
    }

    @Override
    public void close() throws Exception {
        thread.shutdownNow();
        thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        cluster.close();
    }
}
