package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.Codebook;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.publish.Publication;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole graph on a cluster in this process, between topics in memory. */
@Timeout(120)
class IndexingJobTest {

    private static final int DIMENSION = 5;
    private static final int PARTITIONS = 3;

    @RegisterExtension
    private static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(
                    new MiniClusterResourceConfiguration.Builder()
                            .setNumberTaskManagers(1)
                            .setNumberSlotsPerTaskManager(3)
                            .build());

    private final TestingTopic codebooks = new TestingTopic("sid-codebooks", 1);
    private final TestingTopic items = new TestingTopic("item-embeddings", PARTITIONS);
    private final TestingSink<Publication> updates = new TestingSink<>();
    private final TestingSink<DeadLetter> deadLetters = new TestingSink<>();
    private final Codebook first = CatalogOracle.codebook("v1", false, DIMENSION, 4, 3, 2);
    private final Codebook second = CatalogOracle.codebook("v2", true, DIMENSION, 9);
    private final CatalogOracle oracle = new CatalogOracle(1, items, List.of(first, second));

    @TempDir private Path folder;
    private CodebookStore store;
    private Configuration config;

    @BeforeEach
    void configure() {
        store = new CodebookStore(folder.resolve("codebooks").toUri());
        config = IndexingJob.recommended();
        config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
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
                        .get(60, TimeUnit.SECONDS);

        config.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        oracle.send(600, 80);
        JobClient after = start(3);
        oracle.send(300, 80);
        finish(after);

        assertIndexed();
        assertRefused();
        assertDistinct("append");
    }

    private JobClient start(int parallelism) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(config);
        env.setParallelism(parallelism);
        IndexingJob.define(
                env,
                new IndexingSources(codebooks.source(), items.source()),
                new IndexingSinks(updates.sink(), deadLetters.sink()),
                IndexingOptions.from(config));
        return env.executeAsync(IndexingJob.NAME);
    }

    /** Waits until the job has come to the end of its input. */
    private void finish(JobClient job) throws Exception {
        codebooks.end();
        items.end();
        job.getJobExecutionResult().get(60, TimeUnit.SECONDS);
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
