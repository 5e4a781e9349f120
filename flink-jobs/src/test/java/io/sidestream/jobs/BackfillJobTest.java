package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.Codebook;
import io.sidestream.operators.Announcement;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.operators.backfill.AssignAgain;
import io.sidestream.operators.backfill.ItemAssignments;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.publish.Publication;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.RetirementProgress;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both jobs on a cluster in this process, between topics in memory. */
class BackfillJobTest {

    private static final int DIMENSION = 5;
    private static final int PARTITIONS = 3;

    @RegisterExtension
    private static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(
                    new MiniClusterResourceConfiguration.Builder()
                            .setNumberTaskManagers(1)
                            .setNumberSlotsPerTaskManager(4)
                            .build());

    private final TestingTopic codebooks = new TestingTopic("sid-codebooks", 1);
    private final TestingTopic remaps = new TestingTopic("sid-remaps", 1);
    private final TestingTopic items = new TestingTopic("item-embeddings", PARTITIONS);
    private final TestingTopic assignments = new TestingTopic("sid-assignments", PARTITIONS);
    private final TestingSink<Publication> updates = new TestingSink<>();
    private final TestingSink<Announcement> announcements = new TestingSink<>();
    private final TestingSink<DeadLetter> deadLetters = new TestingSink<>();
    private final TestingSink<AssignedItem> assigned = new TestingSink<>(this::handOver);
    private final TestingSink<DeadLetter> backfillsDeadLetters = new TestingSink<>();
    private final ItemAssignments format = new ItemAssignments();
    private final Codebook first = CatalogOracle.codebook("v1", false, DIMENSION, 4, 3, 2);
    private final Codebook second = CatalogOracle.codebook("v2", true, DIMENSION, 9, 2);
    private final CatalogOracle oracle = new CatalogOracle(6, items, List.of(first, second));

    @TempDir private Path folder;
    private CodebookStore store;
    private Configuration config;
    private JobClient job;

    /** How much was announced before the last restart. */
    private int announcedBefore;

    @BeforeEach
    void configure() {
        store = new CodebookStore(folder.resolve("codebooks").toUri());
        config = IndexingJob.recommended();
        config.set(StoreOptions.ROOTS, List.of(folder.toUri().toString()));
        config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
        config.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                folder.resolve("checkpoints").toUri().toString());
        config.setString("sidestream.watch.interval", "100 ms");
        config.setString("sidestream.watch.combine-interval", "50 ms");
        config.setString("sidestream.index.buckets", "1024");
    }

    @AfterEach
    void cancel() throws Exception {
        if (job != null && !job.getJobStatus().get().isTerminalState()) {
            job.cancel().get(5, TimeUnit.MINUTES);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void assignsEveryEmbeddingThatTheVersionTakes(int parallelism) throws Exception {
        oracle.send(600, 80);
        backfill(second, Map.of(0, 1_000L, 1, 1_000L, 2, 1_000L), parallelism, 0);

        Map<String, AssignedItem> last = new TreeMap<>();
        Map<String, Long> offsets = new TreeMap<>();
        for (AssignedItem item : assigned.records()) {
            assertThat(item.source()).isEqualTo(AssignedItem.Source.BACKFILL);
            Long before = offsets.put(item.itemId(), item.place().offset());
            assertThat(before == null || before < item.place().offset()).isTrue();
            AssignedItem known = last.get(item.itemId());
            if (known == null
                    || item.explicitRevision() == null
                    || item.explicitRevision() >= known.explicitRevision()) {
                last.put(item.itemId(), item);
            }
        }
        oracle.expected()
                .get("v2")
                .forEach(
                        (itemId, codes) ->
                                assertThat(last.get(itemId).assignments().get(0).codes())
                                        .as(itemId)
                                        .containsExactly(
                                                codes.stream().mapToInt(code -> code).toArray()));
        assertThat(backfillsDeadLetters.records())
                .as("what does not decode is a dead letter of the other job")
                .isNotEmpty()
                .extracting(DeadLetter::getCause)
                .containsOnly(DeadLetterCause.WRONG_LENGTH);
    }

    @Test
    void keepsToItsRate() throws Exception {
        oracle.sendDistinct("item-", 30);
        long begin = System.nanoTime();
        backfill(second, Map.of(0, 99L, 1, 99L, 2, 99L), 2, 60);

        assertThat(assigned.records()).hasSize(30);
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .as("thirty a second in each of two subtasks")
                .isGreaterThan(Duration.ofMillis(300));
    }

    /** While the catalog changes: published, filled, and the former one retired. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void takesACatalogFromOneVersionToTheNext(boolean restarts) throws Exception {
        start(2);
        publish(first, CodebookStatus.ACTIVE);
        awaitLive("v1");
        oracle.sendDistinct("lasting-", 100); // only a backfill brings these to v2
        oracle.send(1_000, 150);
        awaitPublished("v1");

        publish(second, CodebookStatus.SHADOW);
        Liveness liveness = awaitLive("v2");
        SortedMap<Integer, Long> since = liveness.since();
        assertThat(since).isNotEmpty();
        oracle.send(300, 150);
        if (restarts) {
            restart(1);
            assertThat(awaitLive("v2").since()).as("there was no gap").isEqualTo(since);
        } else { // what a report says holds from the checkpoint on that made it readable
            job.triggerSavepoint(folder.toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(5, TimeUnit.MINUTES);
        }
        backfill(second, since, 1, 0);
        oracle.send(300, 150);
        if (restarts) {
            restart(3);
            assertThat(awaitLive("v2").since()).as("there was no gap").isEqualTo(since);
        }
        publish(second, CodebookStatus.READY);
        publish(second, CodebookStatus.ACTIVE);
        awaitPublished("v2");
        publish(first, CodebookStatus.RETIRED);
        if (restarts) {
            restart(2);
            awaitLive("v2");
        }
        announcements.await(
                "the end of v1",
                is -> {
                    RetirementProgress progress = decode(RetirementProgress.class, is);
                    return progress != null && progress.getProgress() == 1;
                });
        long published = of("v1");
        oracle.send(300, 150);
        awaitPublished("v2");
        finish();

        assertThat(current("v2")).isEqualTo(oracle.expected().get("v2"));
        assertThat(of("v1")).as("updates of a version that has retired").isEqualTo(published);
        assertThat(updates.records())
                .extracting(Publication::update)
                .filteredOn(update -> update != null && update.getReason() == UpdateReason.BACKFILL)
                .hasSizeGreaterThanOrEqualTo(100)
                .extracting(SidUpdate::getCodebookVersion)
                .containsOnly("v2");
    }

    private void handOver(AssignedItem item) {
        assignments.append(item.itemId().getBytes(UTF_8), format.encode(item));
    }

    private void start(int parallelism) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(config);
        env.setParallelism(parallelism);
        IndexingJob.define(
                env,
                new IndexingSources(
                        codebooks.source(), remaps.source(), items.source(), assignments.source()),
                new IndexingSinks(updates.sink(), announcements.sink(), deadLetters.sink()),
                IndexingOptions.from(config));
        job = env.executeAsync(IndexingJob.NAME);
    }

    private void restart(int parallelism) throws Exception {
        config.set(
                StateRecoveryOptions.SAVEPOINT_PATH,
                job.stopWithSavepoint(
                                false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                        .get(5, TimeUnit.MINUTES));
        announcedBefore = announcements.records().size();
        start(parallelism);
    }

    private void finish() throws Exception {
        for (TestingTopic topic : List.of(codebooks, remaps, items, assignments)) {
            topic.end();
        }
        job.getJobExecutionResult().get(5, TimeUnit.MINUTES);
    }

    /** Runs a backfill of what is before some offsets to its end. */
    private void backfill(
            Codebook codebook, Map<Integer, Long> until, int parallelism, double perSecond)
            throws Exception {
        TestingTopic before = new TestingTopic("item-embeddings", PARTITIONS);
        for (IncomingRecord record : items.records()) {
            if (record.offset() < until.getOrDefault(record.partition(), 0L)) {
                before.append(record.partition(), record.key(), record.value());
            }
        }
        before.end();
        JobExecutionResult result =
                startBackfill(before, codebook, parallelism, perSecond)
                        .getJobExecutionResult()
                        .get(5, TimeUnit.MINUTES);
        assertThat(AssignAgain.isWhole(result.getAllAccumulatorResults())).isTrue();
    }

    private JobClient startBackfill(
            TestingTopic before, Codebook codebook, int parallelism, double perSecond)
            throws Exception {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.getExecutionEnvironment(BackfillJob.recommended());
        env.setParallelism(parallelism);
        BackfillJob.define(
                env,
                before.source(),
                new BackfillSinks(assigned.sink(), backfillsDeadLetters.sink()),
                store.put(codebook, CodebookStatus.SHADOW, Instant.now()),
                Map.of(),
                new BackfillOptions(codebook.version(), perSecond, Duration.ZERO, false),
                DecodeOptions.from(config),
                AssignOptions.from(config),
                StoreOptions.from(config));
        return env.executeAsync(BackfillJob.NAME);
    }

    /** Flink calls it finished all the same. */
    @Test
    void isNotWholeWhenItIsStoppedBeforeItsEnd() throws Exception {
        oracle.send(200, 40);
        job = startBackfill(items, second, 2, 0);
        assigned.await("an assigned item", item -> true);
        job.stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(5, TimeUnit.MINUTES);

        JobExecutionResult result = job.getJobExecutionResult().get(5, TimeUnit.MINUTES);

        assertThat(AssignAgain.isWhole(result.getAllAccumulatorResults())).isFalse();
    }

    private void publish(Codebook codebook, CodebookStatus status) throws Exception {
        codebooks.append(
                codebook.version().getBytes(UTF_8),
                SingleObjectFormat.of(CodebookManifest.class)
                        .encode(store.put(codebook, status, Instant.now())));
    }

    private Liveness awaitLive(String version) throws InterruptedException {
        announcements.await(
                version + " live in all subtasks", is -> liveness(version).everywhere());
        return liveness(version);
    }

    private Liveness liveness(String version) {
        Map<String, LiveReport> reports = new LinkedHashMap<>();
        List<Announcement> all = announcements.records();
        for (Announcement announcement : all.subList(announcedBefore, all.size())) {
            LiveReport report = decode(LiveReport.class, announcement);
            if (report != null && report.getCodebookVersion().equals(version)) {
                reports.remove(announcement.key());
                reports.put(announcement.key(), report);
            }
        }
        return Liveness.of(List.copyOf(reports.values()));
    }

    /** Waits until all that was sent is published. */
    private void awaitPublished(String version) throws InterruptedException {
        Map<String, List<Integer>> expected = Map.copyOf(oracle.expected().get(version));
        updates.await("all items under " + version, is -> current(version).equals(expected));
    }

    /** The codes of what a compacted topic would hold. */
    private Map<String, List<Integer>> current(String version) {
        Map<String, List<Integer>> current = new TreeMap<>();
        for (Publication publication : updates.records()) {
            if (!publication.codebookVersion().equals(version)) {
                continue;
            }
            if (publication.update() == null) {
                current.remove(publication.itemId());
            } else {
                current.put(publication.itemId(), new ArrayList<>(publication.update().getCodes()));
            }
        }
        return current;
    }

    private long of(String version) {
        return updates.records().stream()
                .filter(publication -> publication.codebookVersion().equals(version))
                .count();
    }

    /** The record, or null if it is not of this type. */
    private static <T extends SpecificRecordBase> T decode(
            Class<T> type, Announcement announcement) {
        SingleObjectFormat<T> format = SingleObjectFormat.of(type);
        try {
            return format.recognizes(announcement.value())
                    ? format.decode(announcement.value())
                    : null;
        } catch (MalformedRecordException e) {
            throw new AssertionError(e);
        }
    }
}
