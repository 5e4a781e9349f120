package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.Codebook;
import io.sidestream.operators.Announcement;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.operators.publish.Publication;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Remap;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole graph on a cluster in this process, between topics in memory. */
class IndexingJobTest {

    private static final int DIMENSION = 5;
    private static final int PARTITIONS = 3;

    private static final InMemoryReporter METRICS = InMemoryReporter.createWithRetainedMetrics();

    @RegisterExtension
    private static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(
                    new MiniClusterResourceConfiguration.Builder()
                            .setNumberTaskManagers(1)
                            .setNumberSlotsPerTaskManager(3)
                            .setConfiguration(METRICS.addToConfiguration(new Configuration()))
                            .build());

    private final TestingTopic codebooks = new TestingTopic("sid-codebooks", 1);
    private final TestingTopic remaps = new TestingTopic("sid-remaps", 1);
    private final TestingTopic items = new TestingTopic("item-embeddings", PARTITIONS);
    private final TestingTopic assignments = new TestingTopic("sid-assignments", PARTITIONS);
    private final TestingSink<Publication> updates = new TestingSink<>();
    private final TestingSink<Announcement> announcements = new TestingSink<>(this::readBack);
    private final TestingSink<DeadLetter> deadLetters = new TestingSink<>();
    private final Codebook first = CatalogOracle.codebook("v1", false, DIMENSION, 4, 3, 2);
    private final Codebook second = CatalogOracle.codebook("v2", true, DIMENSION, 9);
    private final CatalogOracle oracle = new CatalogOracle(1, items, List.of(first, second));

    /** The head tokens of the plan in force for layer 2 of the first codebook. */
    private final Set<Integer> head = new TreeSet<>();

    @TempDir private Path folder;
    private CodebookStore store;
    private Configuration config;

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
    }

    @ParameterizedTest
    @CsvSource({"1, append", "3, append", "2, when-needed", "2, none"})
    void givesEveryItemTheSidThatPlainArithmeticGives(int parallelism, String disambiguation)
            throws Exception {
        config.setString("sidestream.sid.disambiguation", disambiguation);
        JobClient job = start(parallelism);
        publish(first);
        publish(second);

        oracle.send(2_000, 150);
        finish(job);

        assertIndexed();
        assertRefused();
        assertDistinct(disambiguation);
    }

    @Test
    void numbersItemsWithoutGapsAsLongAsNobodyLeaves() throws Exception {
        JobClient job = start(2);
        publish(first);
        publish(second);

        oracle.sendDistinct("item-", 400);
        finish(job);

        assertIndexed();
        Map<String, List<Integer>> ordinals = new TreeMap<>();
        for (SidUpdate update : current().values()) {
            ordinals.computeIfAbsent(path(update), path -> new ArrayList<>())
                    .add(update.getDisambiguator());
        }
        assertThat(ordinals).hasSizeBetween(10, 4 * 3 * 2 + 9);
        ordinals.forEach(
                (path, taken) -> {
                    for (int ordinal = 0; ordinal < taken.size(); ordinal++) {
                        assertThat(taken).as(path).contains(ordinal);
                    }
                });
    }

    @Test
    void leavesItsInputUnreadUntilACodebookIsLive() throws Exception {
        oracle.sendDistinct("item-", 50);
        JobClient job = start(2);

        // a manifest that is none, and one whose file is missing, show that the job is running
        codebooks.append("v1".getBytes(UTF_8), new byte[0]);
        deadLetters.await(
                "a dead letter of the record that is no manifest",
                letter -> letter.getCause() == DeadLetterCause.UNDECODABLE);
        CodebookManifest manifest = store.put(first, CodebookStatus.ACTIVE, Instant.now());
        Path file = Path.of(URI.create(manifest.getUri()));
        byte[] content = Files.readAllBytes(file);
        Files.delete(file);
        publish(manifest);
        deadLetters.await(
                "a dead letter of the manifest without its file",
                letter -> letter.getCause() == DeadLetterCause.UNKNOWN_CODEBOOK);
        assertThat(items.reads()).isZero();

        Files.write(file, content);
        finish(job);
        assertThat(items.reads()).isEqualTo(50);
        assertThat(current().keySet()).hasSize(50).allMatch(key -> key.startsWith("v1 item-"));
    }

    @Test
    void goesOnFromASavepointAtAnotherParallelism() throws Exception {
        JobClient before = start(1);
        publish(first);
        publish(second);
        oracle.send(600, 80);
        String savepoint =
                before.stopWithSavepoint(
                                false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                        .get(5, TimeUnit.MINUTES);

        config.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        oracle.send(600, 80);
        JobClient after = start(3);
        oracle.send(300, 80);
        finish(after);

        assertIndexed();
        assertRefused();
        assertDistinct("append");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void appliesAPlanToItemsOldAndNewAndReportsWhatTheCatalogLooksLike(int parallelism)
            throws Exception {
        watchClosely();
        JobClient job = start(parallelism);
        publish(first);
        publish(second);
        oracle.send(1_000, 150);
        awaitReport("v1", 0);
        awaitReport("v2", 0);

        request(RemapAction.APPLY, RemapPolicyKind.TOP_P, 0.5);
        RemapPlanStatus applied = awaitStep(PlanStatus.APPLIED);
        RemapPlan plan = records(RemapPlan.class).get(0);
        IntStream.of(Remap.of(plan).headTokens()).forEach(head::add);
        assertThat(head).isEqualTo(majority(oracle.expected().get("v1")));
        assertThat(applied.getItemsMoved())
                .isEqualTo(plan.getItemsToMove())
                .isEqualTo(itemsOnHead());
        assertThat(applied.getProgress()).isEqualTo(1);

        oracle.send(500, 200);
        awaitReport("v1", 1);
        awaitReport("v2", 0);
        finish(job);
        assertIndexed();
        assertRefused();
        assertRemapped();
        assertThat(records(RemapPlan.class)).hasSize(1);
        assertThat(gauge(job, "v1", "standing", "2", "max_share")).isBetween(1 / 3.0, 1.0);
        assertThat(gauge(job, "v1", "standing", null, "items"))
                .isEqualTo(oracle.expected().get("v1").size());
        assertThat(gauge(job, "v2", "window", "1", "dead_codes")).isBetween(0.0, 9.0);
    }

    /** What metrics say last, by their labels. */
    private static double gauge(
            JobClient job, String version, String scope, String layer, String name) {
        for (Map.Entry<MetricGroup, Map<String, Metric>> group :
                METRICS.getMetricsByGroup().entrySet()) {
            Map<String, String> labels = group.getKey().getAllVariables();
            if (job.getJobID().toString().equals(labels.get("<job_id>"))
                    && version.equals(labels.get("<codebook_version>"))
                    && scope.equals(labels.get("<scope>"))
                    && Objects.equals(layer, labels.get("<layer>"))
                    && group.getValue().containsKey(name)) {
                return (double) ((Gauge<?>) group.getValue().get(name)).getValue();
            }
        }
        throw new AssertionError("There is no such gauge: " + name);
    }

    @Test
    void goesOnWithASweepFromASavepointAtAnotherParallelism() throws Exception {
        watchClosely();
        config.setString("sidestream.sweep.items-per-second", "100");
        JobClient before = start(1);
        publish(first);
        publish(second);
        oracle.sendDistinct("item-", 400);
        awaitReport("v1", 0);
        request(RemapAction.APPLY, RemapPolicyKind.TOP_P, 0.5);
        announcements.await(
                "a sweep on its way",
                is -> steps(is, step -> step.getProgress() > 0.1 && step.getItemsMoved() > 0));
        String savepoint =
                before.stopWithSavepoint(
                                false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                        .get(5, TimeUnit.MINUTES);
        assertThat(records(RemapPlanStatus.class))
                .extracting(RemapPlanStatus::getStatus)
                .doesNotContain(PlanStatus.APPLIED);
        IntStream.of(Remap.of(records(RemapPlan.class).get(0)).headTokens()).forEach(head::add);
        long onHead = itemsOnHead();

        config.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        config.setString("sidestream.sweep.items-per-second", "0");
        JobClient after = start(3);
        assertThat(awaitStep(PlanStatus.APPLIED).getItemsMoved()).isEqualTo(onHead);
        oracle.sendDistinct("more-", 100);
        awaitReport("v1", 1);
        finish(after);

        assertIndexed();
        assertRemapped();
        assertThat(updates.records())
                .filteredOn(update -> update.update().getReason() == UpdateReason.REMAP)
                .as("nobody moves twice")
                .hasSize((int) onHead);
    }

    private void watchClosely() {
        config.setString("sidestream.watch.interval", "200 ms");
        config.setString("sidestream.watch.combine-interval", "50 ms");
        config.setString("sidestream.index.buckets", "1024");
    }

    /** What the job says about remaps is what it reads. */
    private void readBack(Announcement announcement) {
        if (announcement.channel() == Announcement.Channel.REMAPS) {
            remaps.append(announcement.key().getBytes(UTF_8), announcement.value());
        }
    }

    private void request(RemapAction action, RemapPolicyKind policy, double parameter) {
        RemapRequest request =
                RemapRequest.newBuilder()
                        .setRequestId("a-request")
                        .setCodebookVersion("v1")
                        .setAction(action)
                        .setPolicy(policy)
                        .setParameter(parameter)
                        .setRequestedAt(Instant.EPOCH)
                        .setRequestedBy("a test")
                        .build();
        remaps.append(
                "v1".getBytes(UTF_8), SingleObjectFormat.of(RemapRequest.class).encode(request));
    }

    private <T extends SpecificRecordBase> List<T> records(Class<T> type) throws Exception {
        List<T> records = new ArrayList<>();
        for (Announcement announcement : announcements.records()) {
            T record = decode(type, announcement);
            if (record != null) {
                records.add(record);
            }
        }
        return records;
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

    private static boolean steps(Announcement announcement, Predicate<RemapPlanStatus> wanted) {
        RemapPlanStatus step = decode(RemapPlanStatus.class, announcement);
        return step != null && wanted.test(step);
    }

    private RemapPlanStatus awaitStep(PlanStatus status) throws InterruptedException {
        return decode(
                RemapPlanStatus.class,
                announcements.await(
                        "a plan that is " + status,
                        is -> steps(is, step -> step.getStatus() == status)));
    }

    /** Waits until the live items are reported as they are. */
    private void awaitReport(String version, long epoch) throws InterruptedException {
        Collection<List<Integer>> live = oracle.expected().get(version).values();
        List<List<Long>> counts = new ArrayList<>();
        for (int size : (version.equals("v1") ? first : second).layerSizes()) {
            List<Long> zeros = new ArrayList<>(Collections.nCopies(size, 0L));
            int layer = counts.size();
            live.forEach(codes -> zeros.set(codes.get(layer), zeros.get(codes.get(layer)) + 1));
            counts.add(zeros);
        }
        Map<List<Integer>, Integer> paths = new HashMap<>();
        live.forEach(codes -> paths.merge(path(version, codes), 1, Integer::sum));
        long alone = paths.values().stream().filter(items -> items == 1).count();
        announcements.await(
                "a report of %s in epoch %d with %s and %d paths"
                        .formatted(version, epoch, counts, paths.size()),
                is -> {
                    HourglassReport report = decode(HourglassReport.class, is);
                    return report != null
                            && report.getCodebookVersion().equals(version)
                            && report.getScope() == ReportScope.STANDING
                            && report.getRemapEpoch() == epoch
                            && report.getItems() == live.size()
                            && report.getDistinctPaths() == paths.size()
                            && Math.abs(report.getSingletonRate() * live.size() - alone) < 1e-6
                            && report.getLayers().stream()
                                    .map(LayerSkew::getCounts)
                                    .toList()
                                    .equals(counts);
                });
    }

    /** The tokens of layer 2 of that version that hold half of its items. */
    private static Set<Integer> majority(Map<String, List<Integer>> items) {
        TreeMap<Integer, Integer> counts = new TreeMap<>();
        items.values().forEach(codes -> counts.merge(codes.get(1), 1, Integer::sum));
        List<Integer> order = new ArrayList<>(counts.keySet());
        order.sort(Comparator.comparing(token -> -counts.get(token))); // stable: then by index
        Set<Integer> head = new TreeSet<>();
        int held = 0;
        while (2 * held < items.size()) {
            held += counts.get(order.get(head.size()));
            head.add(order.get(head.size()));
        }
        return head;
    }

    private long itemsOnHead() {
        return oracle.expected().get("v1").values().stream()
                .filter(codes -> head.contains(codes.get(1)))
                .count();
    }

    /** The tokens that are to be published, by layer; null for one that is dropped. */
    private List<Integer> path(String version, List<Integer> codes) {
        List<Integer> path = new ArrayList<>(codes);
        if (version.equals("v1") && head.contains(codes.get(1))) {
            path.set(1, null);
        }
        return path;
    }

    private void assertRemapped() {
        Set<String> texts = new HashSet<>();
        for (SidUpdate update : current().values()) {
            List<Integer> path = path(update.getCodebookVersion(), update.getCodes());
            List<SidToken> tokens = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (int layer = 1; layer <= path.size(); layer++) {
                Integer token = path.get(layer - 1);
                if (token != null) {
                    tokens.add(new SidToken(layer, token));
                    text.append('<').append((char) ('a' + layer - 1));
                    text.append('_').append(token).append('>');
                }
            }
            text.append('<').append((char) ('a' + path.size()));
            text.append('_').append(update.getDisambiguator()).append('>');
            assertThat(update.getSid()).isEqualTo(tokens);
            assertThat(update.getSidText()).isEqualTo(text.toString());
            assertThat(texts.add(update.getCodebookVersion() + text)).as("%s", update).isTrue();
        }
    }

    private JobClient start(int parallelism) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(config);
        env.setParallelism(parallelism);
        IndexingJob.define(
                env,
                new IndexingSources(
                        codebooks.source(), remaps.source(), items.source(), assignments.source()),
                new IndexingSinks(updates.sink(), announcements.sink(), deadLetters.sink()),
                IndexingOptions.from(config));
        return env.executeAsync(IndexingJob.NAME);
    }

    /** Waits until the job has come to the end of its input. */
    private void finish(JobClient job) throws Exception {
        codebooks.end();
        remaps.end();
        items.end();
        assignments.end();
        job.getJobExecutionResult().get(5, TimeUnit.MINUTES);
    }

    /** Makes a version live and waits until every subtask assigns under it. */
    private void publish(Codebook codebook) throws Exception {
        publish(store.put(codebook, CodebookStatus.ACTIVE, Instant.now()));
        byte[] probe = "probe".getBytes(UTF_8);
        byte[] tooShort = new EmbeddingFormat().encode(new EmbeddingMessage("probe", new float[1]));
        for (int partition = 0; partition < PARTITIONS; partition++) {
            String refusals;
            do { // the dead letter names every version that refuses it: all that are live
                String origin = items.append(partition, probe, tooShort).origin();
                refusals =
                        deadLetters
                                .await(
                                        "a dead letter of " + origin,
                                        is -> origin(is).equals(origin))
                                .getMessage();
            } while (!refusals.contains("'" + codebook.version() + "'"));
        }
    }

    private void publish(CodebookManifest manifest) {
        codebooks.append(
                manifest.getVersion().getBytes(UTF_8),
                SingleObjectFormat.of(CodebookManifest.class).encode(manifest));
    }

    /** What a compacted topic would hold, by version and item; checks each item's history too. */
    private Map<String, SidUpdate> current() {
        Map<String, SidUpdate> current = new TreeMap<>();
        Map<String, SidUpdate> last = new HashMap<>();
        for (Publication publication : updates.records()) {
            String key = publication.codebookVersion() + " " + publication.itemId();
            SidUpdate update = publication.update();
            SidUpdate before = last.get(key);
            if (update == null) {
                assertThat(before.getReason()).as(key).isEqualTo(UpdateReason.DELETED);
                current.remove(key);
            } else {
                SidUpdate shown = current.put(key, update);
                assertThat(update.getPreviousSidText())
                        .as(key)
                        .isEqualTo(shown == null ? null : shown.getSidText());
                if (before != null) {
                    assertThat(update.getSequence()).as(key).isGreaterThan(before.getSequence());
                }
                last.put(key, update);
            }
        }
        return current;
    }

    private void assertIndexed() {
        Map<String, Map<String, List<Integer>>> indexed = new TreeMap<>();
        for (SidUpdate update : current().values()) {
            indexed.computeIfAbsent(update.getCodebookVersion(), version -> new TreeMap<>())
                    .put(update.getItemId(), update.getCodes());
        }
        assertThat(indexed).isEqualTo(oracle.expected());
    }

    private void assertRefused() {
        Map<String, DeadLetterCause> refused = new TreeMap<>();
        for (DeadLetter letter : deadLetters.records()) {
            if (!UTF_8.decode(letter.getKey().duplicate()).toString().equals("probe")) {
                refused.put(origin(letter), letter.getCause());
            }
        }
        assertThat(refused).isEqualTo(oracle.refused()).isNotEmpty();
    }

    private void assertDistinct(String disambiguation) {
        Map<String, String> owners = new HashMap<>();
        for (SidUpdate update : current().values()) {
            String owner =
                    owners.put(
                            update.getCodebookVersion() + update.getSidText(), update.getItemId());
            if (disambiguation.equals("none")) {
                assertThat(update.getDisambiguator()).isEqualTo(-1);
                assertThat(update.getSidText()).isEqualTo(text(update.getCodes()));
            } else {
                assertThat(owner).as("%s has the SID of another", update).isNull();
                boolean shown = disambiguation.equals("append") || update.getDisambiguator() > 0;
                List<Integer> tokens = new ArrayList<>(update.getCodes());
                if (shown) {
                    tokens.add(update.getDisambiguator());
                }
                assertThat(update.getSidText()).isEqualTo(text(tokens));
            }
        }
    }

    private static String text(List<Integer> tokens) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.size(); i++) {
            text.append('<').append((char) ('a' + i)).append('_').append(tokens.get(i)).append('>');
        }
        return text.toString();
    }

    private static String path(SidUpdate update) {
        return update.getCodebookVersion() + update.getCodes();
    }

    private static String origin(DeadLetter letter) {
        return new IncomingRecord(
                        letter.getOriginTopic(),
                        letter.getOriginPartition(),
                        letter.getOriginOffset(),
                        0,
                        null,
                        null)
                .origin();
    }
}
