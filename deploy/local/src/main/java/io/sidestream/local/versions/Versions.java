package io.sidestream.local.versions;

import io.sidestream.jobs.KafkaOptions.ConsumerGroups;
import io.sidestream.jobs.Liveness;
import io.sidestream.local.UserError;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.CodebookRegistry.Written;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.GroupOffset;
import io.sidestream.local.kafka.HourglassLog;
import io.sidestream.local.kafka.ProgressLog;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.local.kafka.VersionProgress;
import io.sidestream.local.versions.Rules.Move;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.RetirementProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.util.TimeUtils;

/**
 * Moves codebook versions on in their life, and waits until the indexing job has followed. All of
 * it goes by records in Kafka, so that the job may run anywhere. Serves one thread.
 */
public final class Versions {

    private static final Duration POLL = Duration.ofMillis(200);

    /** Instants at which two versions were counted: a changing catalog may fall between the two. */
    private static final int COUNTS_TO_SEE = 4;

    private final Connection connection;
    private final CodebookRegistry registry;
    private final Rules rules;

    public Versions(Connection connection) {
        this.connection = connection;
        this.registry = new CodebookRegistry(connection);
        this.rules = new Rules(connection.topics());
    }

    /** Every version there is or has been, the one in use first, retired ones last. */
    public List<VersionStatus> status() throws InterruptedException {
        Codebooks codebooks = registry.read();
        Map<String, Long> items = new HashMap<>();
        try (HourglassLog reports = HourglassLog.followRecent(connection)) {
            for (String version : reports.versions()) {
                SortedMap<Instant, Long> counts = reports.standingItems(version);
                if (!counts.isEmpty()) {
                    items.put(version, counts.get(counts.lastKey()));
                }
            }
        }
        return VersionStatus.all(
                codebooks, progress(codebooks), items, connection.topics()::updates);
    }

    private Map<String, VersionProgress> progress(Codebooks codebooks) throws InterruptedException {
        Map<String, VersionProgress> progress = new HashMap<>();
        try (ProgressLog log = ProgressLog.follow(connection)) {
            for (String version : codebooks.manifests().keySet()) {
                progress.put(version, log.of(version));
            }
        }
        return progress;
    }

    /**
     * Makes a version the one that retrievers use.
     *
     * @param force overrules what a person may know better about
     * @param patience how long to wait for counts of items that show it complete
     * @param waiting told when that begins, with what has been found so far
     * @throws UserError if there are reasons against it; the message tells them
     */
    public Moved promote(
            String version, boolean force, Duration patience, Consumer<Completeness> waiting)
            throws InterruptedException {
        Codebooks codebooks = registry.read();
        Map<String, VersionProgress> progress = progress(codebooks);
        CodebookManifest manifest = codebooks.require(version);
        Completeness completeness = null;
        if (!codebooks.active().isEmpty() && !codebooks.active().contains(manifest)) {
            String active = codebooks.active().get(0).getVersion();
            // What speaks against it anyway is said before anybody waits.
            Completeness assumed = new Completeness(version, active, Instant.now(), 0, 0);
            rules.promote(
                    new Situation(codebooks, progress, assumed, Instant.now()), version, force);
            completeness =
                    completeness(
                            version,
                            active,
                            completeFrom(manifest, progress.get(version)),
                            force ? Duration.ZERO : patience,
                            waiting);
        }
        return move(
                new Situation(codebooks, progress, completeness, Instant.now()),
                situation -> rules.promote(situation, version, force));
    }

    /** Counts from before the end of the backfill say nothing about what it has led to. */
    private static Instant completeFrom(CodebookManifest manifest, VersionProgress progress) {
        BackfillProgress backfill = progress.backfillOrNull();
        return backfill != null && backfill.getPhase() == BackfillPhase.DONE
                ? backfill.getAt()
                : manifest.getPublishedAt();
    }

    private Completeness completeness(
            String version,
            String against,
            Instant after,
            Duration patience,
            Consumer<Completeness> waiting)
            throws InterruptedException {
        try (HourglassLog reports = HourglassLog.followRecent(connection)) {
            Completeness last = completeness(reports, version, against, after);
            int seen = last.isKnown() ? 1 : 0;
            long begin = System.nanoTime();
            if (!last.holds() && !patience.isZero()) {
                waiting.accept(last);
            }
            while (!last.holds()
                    && seen < COUNTS_TO_SEE
                    && System.nanoTime() - begin < patience.toNanos()) {
                reports.poll(POLL);
                Completeness next = completeness(reports, version, against, after);
                if (!next.equals(last)) {
                    seen++;
                    last = next;
                }
            }
            return last;
        }
    }

    private static Completeness completeness(
            HourglassLog reports, String version, String against, Instant after) {
        return Completeness.of(
                version,
                reports.standingItems(version),
                against,
                reports.standingItems(against),
                after);
    }

    /**
     * Makes the version that was active before the active one so again.
     *
     * @param force overrules what a person may know better about
     * @throws UserError if there are reasons against it; the message tells them
     */
    public Moved rollback(boolean force) throws InterruptedException {
        return move(situation(), situation -> rules.rollback(situation, force));
    }

    /**
     * Takes a version out of use for good: the indexing job begins to remove it.
     *
     * @param force overrules what a person may know better about
     * @throws UserError if there are reasons against it; the message tells them
     */
    public Moved retire(String version, boolean force) throws InterruptedException {
        return move(situation(), situation -> rules.retire(situation, version, force));
    }

    private Situation situation() throws InterruptedException {
        Codebooks codebooks = registry.read();
        return new Situation(codebooks, progress(codebooks), null, Instant.now());
    }

    private Moved move(Situation situation, Function<Situation, Move> rule)
            throws InterruptedException {
        Move move = rule.apply(situation);
        if (move.isDone()) {
            return new Moved(move.version(), situation.codebooks(), List.of(), 0);
        }
        Written written =
                registry.change(
                        latest -> {
                            Move now = rule.apply(situation.with(latest));
                            if (!now.version().equals(move.version())) {
                                throw new UserError(
                                        "somebody else has changed the codebook versions meanwhile;"
                                                + " see `sidestream codebook status` and try"
                                                + " again");
                            }
                            return now.change();
                        });
        return new Moved(move.version(), situation.codebooks(), move.overruled(), written.end());
    }

    /**
     * Whether a version may be made active by publishing it, without the checks of {@link
     * #promote}.
     *
     * @param force overrules that
     * @throws UserError if it may not; the message tells why, and what to do
     */
    public static void requireActivatable(Codebooks codebooks, String version, boolean force) {
        Rules.requireActivatable(codebooks, version, force);
    }

    /**
     * Waits until every subtask of the indexing job assigns arriving items under a version.
     *
     * @param isNew whether the version has just been published: what had been heard of it before
     *     need not be true any more, if it was not
     * @param patience how long the job may give no sign of itself
     * @param listener told of every subtask that has come so far
     * @throws UserError if the job cannot load the codebook, or gives no sign
     */
    public void awaitLive(
            String version, boolean isNew, Duration patience, Consumer<Liveness> listener)
            throws InterruptedException {
        try (ProgressLog log = ProgressLog.follow(connection)) {
            Liveness first = Liveness.of(log.of(version).live());
            Liveness last = null;
            long lastNews = System.nanoTime();
            while (true) {
                Liveness now = Liveness.of(log.of(version).live());
                if (now.everywhere()) {
                    listener.accept(now);
                    return;
                }
                if (!now.equals(last)) {
                    listener.accept(now);
                    last = now;
                    lastNews = System.nanoTime();
                }
                boolean silent = System.nanoTime() - lastNews > patience.toNanos();
                if (now.errorOrNull() != null && (isNew || silent || !now.equals(first))) {
                    throw new UserError(
                            ("codebook version %s is published, but cannot be loaded: %s. The"
                                            + " indexing job goes on trying; `sidestream codebook"
                                            + " status` tells when it has it")
                                    .formatted(version, now.errorOrNull()));
                }
                if (silent) {
                    throw new UserError(
                            ("codebook version %s is published, but %s of the indexing job assign"
                                            + " items under it and nothing has been heard for %s;"
                                            + " is the job running on %s, with checkpoints? It"
                                            + " begins when it runs")
                                    .formatted(
                                            version,
                                            now.subtasks() == 0
                                                    ? "no subtasks"
                                                    : "%d of %d subtasks"
                                                            .formatted(now.live(), now.subtasks()),
                                            TimeUtils.formatWithHighestUnit(patience),
                                            connection.bootstrap()));
                }
                log.poll(POLL);
            }
        }
    }

    /**
     * Waits until the indexing job has taken notice of a move.
     *
     * @param jobsGroup its consumer group
     * @throws UserError if it has not within the time given
     */
    public void awaitNoticed(Moved moved, String jobsGroup, Duration patience)
            throws InterruptedException {
        String group = new ConsumerGroups(jobsGroup).codebooks();
        String topic = connection.topics().codebooks();
        long begin = System.nanoTime();
        try (GroupOffset job = new GroupOffset(connection, group, topic)) {
            while (job.next() < moved.end()) {
                if (System.nanoTime() - begin > patience.toNanos()) {
                    throw new UserError(
                            ("the move of codebook version %s is announced, but the indexing job"
                                            + " (consumer group %s) has not taken notice of it within %s; is"
                                            + " it running on %s, with checkpoints? It does when it runs")
                                    .formatted(
                                            moved.version(),
                                            group,
                                            TimeUtils.formatWithHighestUnit(patience),
                                            connection.bootstrap()));
                }
                TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
            }
        }
    }

    /**
     * Waits until the indexing job holds nothing of a retired version any more.
     *
     * @param patience how long the job may give no sign of itself
     * @param listener told how far it is
     * @return the items that were removed
     * @throws UserError if the job gives no sign
     */
    public long awaitRemoved(
            String version, Duration patience, Consumer<RetirementProgress> listener)
            throws InterruptedException {
        try (ProgressLog log = ProgressLog.follow(connection)) {
            RetirementProgress last = null;
            long lastNews = System.nanoTime();
            while (true) {
                RetirementProgress now = log.of(version).retirementOrNull();
                if (now != null && !now.equals(last)) {
                    listener.accept(now);
                    last = now;
                    lastNews = System.nanoTime();
                }
                if (now != null && now.getProgress() >= 1) {
                    return now.getItems();
                }
                if (System.nanoTime() - lastNews > patience.toNanos()) {
                    throw new UserError(
                            ("codebook version %s is retired, but the indexing job has not said for"
                                            + " %s how far it is with removing it (%d%% so far); is it running"
                                            + " on %s, with checkpoints, and does it count (sidestream.watch.enabled)? It"
                                            + " goes on when it runs")
                                    .formatted(
                                            version,
                                            TimeUtils.formatWithHighestUnit(patience),
                                            now == null ? 0 : (int) (100 * now.getProgress()),
                                            connection.bootstrap()));
                }
                log.poll(POLL);
            }
        }
    }

    /** Deletes the topic of a version's updates, for good. */
    public void deleteTopic(String version) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.delete(connection.topics().updates(version));
        }
    }
}
