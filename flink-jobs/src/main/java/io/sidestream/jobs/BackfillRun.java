package io.sidestream.jobs;

import io.sidestream.operators.backfill.AssignAgain;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.PartitionPosition;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One go at a backfill: waits until the indexing job assigns arrivals under the version, has what
 * was there before assigned, waits until the index has it, and marks the version READY. Each step
 * finds out from Kafka whether it is done, so that any number of goes come to one whole.
 */
final class BackfillRun {

    private static final Logger LOG = LoggerFactory.getLogger(BackfillRun.class);

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int MOST_ATTEMPTS = 5;
    private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(30);

    private final BackfillKafka kafka;
    private final KafkaOptions.ConsumerGroups groups;
    private final BackfillOptions options;
    private final Consumer<BackfillProgress> listener;
    private final Instant startedAt = now();

    private Liveness until;
    private Stretch items;
    private BackfillProgress last;

    BackfillRun(
            BackfillKafka kafka,
            KafkaOptions.ConsumerGroups groups,
            BackfillOptions options,
            Consumer<BackfillProgress> listener) {
        this.kafka = kafka;
        this.groups = groups;
        this.options = options;
        this.listener = listener;
    }

    /** Starts the Flink job that has embeddings assigned under a version. */
    interface Job {

        JobClient start(CodebookManifest manifest, Stretch items) throws Exception;
    }

    void run(Job job) throws Exception {
        CodebookManifest manifest = requireLive();
        try {
            do {
                until = awaitLive();
                items = kafka.itemsBefore(until.since());
                if (options.again() && last == null) {
                    kafka.commit(groups.backfill(options.version()), items.from());
                }
                assign(job, manifest);
                awaitIndexed();
            } while (!awaitLive().since().equals(until.since())); // there was a gap meanwhile
            markReady();
            tell(BackfillPhase.DONE, items.length());
        } catch (InterruptException e) {
            tellStopped();
            throw (InterruptedException) new InterruptedException(e.getMessage()).initCause(e);
        } catch (Exception e) {
            tellStopped();
            throw e;
        }
    }

    private void tellStopped() {
        Thread.interrupted(); // Kafka's clients throw, and set the flag besides
        if (last == null) {
            return;
        }
        try {
            tell(BackfillPhase.STOPPED, last.getRead());
        } catch (ExecutionException | KafkaException e) {
            LOG.warn("Nobody could be told that the backfill has stopped", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private CodebookManifest requireLive()
            throws BackfillException, ExecutionException, InterruptedException {
        CodebookManifest manifest = kafka.manifest(options.version());
        if (manifest == null) {
            throw new BackfillException(
                    "codebook version %s is not published; publish it first"
                            .formatted(options.version()));
        }
        if (manifest.getStatus() == CodebookStatus.RETIRED) {
            throw new BackfillException(
                    "codebook version %s has been retired: nothing is indexed under it any more"
                            .formatted(options.version()));
        }
        return manifest;
    }

    private Liveness awaitLive()
            throws BackfillException, ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + options.liveTimeout().toNanos();
        Liveness liveness = kafka.liveness(options.version());
        while (!liveness.everywhere()) {
            if (System.nanoTime() - deadline > 0) {
                throw new BackfillException(
                        "the indexing job does not assign arrivals under codebook version %s: %s. Without that, there is no end to its backfill"
                                .formatted(options.version(), why(liveness)));
            }
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
            liveness = kafka.liveness(options.version());
        }
        return liveness;
    }

    private static String why(Liveness liveness) {
        if (liveness.errorOrNull() != null) {
            return "the codebook cannot be loaded: " + liveness.errorOrNull();
        }
        return liveness.subtasks() == 0
                ? "it has never said so; is it running?"
                : "%d of %d subtasks do".formatted(liveness.live(), liveness.subtasks());
    }

    private void assign(Job job, CodebookManifest manifest) throws Exception {
        String group = groups.backfill(options.version());
        Stretch left = left(items, group);
        tell(BackfillPhase.ASSIGNING, items.length() - left.length());
        if (left.isEmpty()) {
            return;
        }
        JobClient client = job.start(manifest, left);
        CompletableFuture<JobExecutionResult> result = client.getJobExecutionResult();
        try {
            while (!isOver(result)) {
                requireLive();
                tell(BackfillPhase.ASSIGNING, items.length() - left(items, group).length());
            }
        } catch (Exception e) {
            Thread.interrupted(); // as above
            if (!result.isDone()) {
                cancel(client, e);
            }
            throw e;
        }
        if (!AssignAgain.isWhole(result.get().getAllAccumulatorResults())) {
            throw new BackfillException(
                    "the backfill of codebook version %s was stopped before its end; run it again, and it goes on where it was"
                            .formatted(options.version()));
        }
        kafka.commit(group, left.until()); // the job's last commit may have been lost with its end
        LOG.info("All embeddings are assigned under codebook version {}", options.version());
    }

    /** Nobody would look after the job any more. */
    private static void cancel(JobClient client, Exception why) throws InterruptedException {
        try {
            client.cancel().get(CANCEL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            why.addSuppressed(e);
        }
    }

    private boolean isOver(CompletableFuture<JobExecutionResult> result)
            throws BackfillException, InterruptedException {
        try {
            result.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new BackfillException(
                    "the backfill of codebook version %s has failed: %s; run it again, and it goes on where it was"
                            .formatted(options.version(), RootCause.of(e).getMessage()),
                    e);
        }
    }

    /** What no checkpoint of the job behind a consumer group has told to be done. */
    private Stretch left(Stretch all, String group)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> committed = kafka.committed(group);
        Map<TopicPartition, Long> from = new HashMap<>(all.from());
        from.replaceAll(
                (partition, begin) -> Math.max(begin, committed.getOrDefault(partition, 0L)));
        return Stretch.between(from, all.until());
    }

    private void awaitIndexed() throws BackfillException, ExecutionException, InterruptedException {
        Stretch handedOver = kafka.assignments();
        long least = Long.MAX_VALUE;
        long lastNews = System.nanoTime();
        for (long left = left(handedOver, groups.assignments()).length();
                left > 0;
                left = left(handedOver, groups.assignments()).length()) {
            if (left < least) {
                least = left;
                lastNews = System.nanoTime();
            } else if (System.nanoTime() - lastNews > options.liveTimeout().toNanos()) {
                throw new BackfillException(
                        "the indexing job (consumer group %s) does not take in what was assigned under codebook version %s: is it running, with checkpoints? Run the backfill again, and it goes on where it was"
                                .formatted(groups.assignments(), options.version()));
            }
            requireLive();
            tell(BackfillPhase.INDEXING, items.length());
            kafka.nudge();
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
        }
    }

    private void markReady() throws BackfillException, ExecutionException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            requireLive();
            try {
                kafka.markReady(options.version(), now());
                return;
            } catch (KafkaException e) {
                if (attempt == MOST_ATTEMPTS || e instanceof InterruptException) {
                    throw e;
                }
                LOG.info("Somebody else changes codebook versions now; trying again", e);
                TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
            }
        }
    }

    private void tell(BackfillPhase phase, long read)
            throws ExecutionException, InterruptedException {
        last =
                new BackfillProgress(
                        options.version(),
                        phase,
                        positions(until.since()),
                        read,
                        items.length(),
                        perSecond(read),
                        startedAt,
                        now());
        kafka.announce(last);
        listener.accept(last);
    }

    private static List<PartitionPosition> positions(Map<Integer, Long> offsets) {
        return offsets.entrySet().stream()
                .map(offset -> new PartitionPosition(offset.getKey(), offset.getValue()))
                .toList();
    }

    /** Smoothed over some seconds, as commits come in bursts. */
    private double perSecond(long read) {
        if (last == null) {
            return 0;
        }
        double seconds = Math.max(1, last.getAt().until(now(), ChronoUnit.MILLIS)) / 1000.0;
        double rate = (read - last.getRead()) / seconds;
        double weight = 1 - Math.exp(-seconds / 5);
        return last.getPerSecond() == 0
                ? rate
                : last.getPerSecond() + weight * (rate - last.getPerSecond());
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
