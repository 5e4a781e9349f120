package io.sidestream.operators.index;

import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.control.TestingRemaps.step;
import static io.sidestream.operators.index.TestingIndex.BUCKETS;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.TestingTallies;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.control.TestingRemaps;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.UpdateReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Items come, change and go, and plans follow each other, while the stage fails and is restored
 * with other numbers of subtasks, mostly in the middle of a sweep. What comes of it is compared
 * with plain maps.
 */
class IndexOracleTest {

    private static final SweepOptions SLOW = new SweepOptions(Duration.ofSeconds(1), 1, 3);
    private static final Map<String, Integer> LAYERS = Map.of("v1", 3, "v2", 2);
    private static final int TOKENS = 4;

    @ParameterizedTest
    @CsvSource({"HASHMAP, 1", "HASHMAP, 2", "HASHMAP, 3", "ROCKSDB, 4"})
    void agreesWithPlainMapsThroughPlansFailuresAndRescaling(TestingBackend backend, long seed)
            throws Exception {
        Random random = new Random(seed);
        Oracle oracle = new Oracle(random);
        try (TestingStage stage = new TestingStage(backend, SLOW)) {
            int[] parallelisms = {2, 3, 1, 4, 2, 1};
            for (int parallelism : parallelisms) {
                stage.restart(parallelism);
                for (int i = 0; i < 120; i++) {
                    if (random.nextInt(20) == 0) {
                        oracle.decide(stage);
                    } else if (random.nextInt(6) == 0) {
                        stage.pass(500);
                    } else {
                        oracle.send(stage);
                    }
                }
                stage.checkpoint();
                stage.pass(700); // what comes of this is lost
            }
            stage.restart(3);
            stage.sweepToTheEnd();
            stage.checkpoint();
            oracle.check(stage);
        }
    }

    private static final class Oracle {

        private final Random random;
        private final Map<String, Map<String, int[]>> codes = new TreeMap<>();
        private final Map<String, Map<String, int[]>> residuals = new TreeMap<>();
        private final TestingTallies arrived = new TestingTallies();
        private final Map<String, RemapPlan> inForce = new HashMap<>();
        private long offset;
        private long epoch;

        Oracle(Random random) {
            this.random = random;
            LAYERS.keySet()
                    .forEach(
                            version -> {
                                codes.put(version, new TreeMap<>());
                                residuals.put(version, new TreeMap<>());
                            });
        }

        void send(TestingStage stage) throws Exception {
            String item = "item-" + random.nextInt(60);
            List<Assignment> assignments = new ArrayList<>();
            if (random.nextInt(5) == 0) {
                codes.values().forEach(items -> items.remove(item));
                residuals.values().forEach(items -> items.remove(item));
            } else {
                for (String version : codes.keySet()) {
                    int[] itsCodes = random.ints(LAYERS.get(version), 0, TOKENS).toArray();
                    int[] itsResiduals = random.ints(LAYERS.get(version)).toArray();
                    assignments.add(new Assignment(version, itsCodes, itsResiduals));
                    codes.get(version).put(item, itsCodes);
                    residuals.get(version).put(item, itsResiduals);
                    arrived.count(version, "arrivals", 1, itsCodes, itsResiduals);
                }
            }
            stage.receive(
                    TestingIndex.offset(item, offset++, assignments.toArray(Assignment[]::new)));
        }

        void decide(TestingStage stage) throws Exception {
            String version = random.nextBoolean() ? "v1" : "v2";
            int layer = 1 + random.nextInt(3); // v2 has two
            int[] head = random.ints(random.nextInt(3), 0, TOKENS).distinct().toArray();
            RemapPlan plan = plan(version, ++epoch, layer, head);
            stage.receive(plan);
            if (random.nextInt(4) == 0) {
                stage.receive(step(version, epoch, PlanStatus.REJECTED));
            } else {
                stage.receive(step(version, epoch, PlanStatus.APPLYING));
                inForce.put(version, plan);
            }
        }

        void check(TestingStage stage) throws Exception {
            Map<String, String> expected = new TreeMap<>();
            codes.forEach(
                    (version, items) ->
                            items.forEach(
                                    (item, itsCodes) ->
                                            expected.put(
                                                    item + " " + version,
                                                    Arrays.toString(remapped(version, itsCodes)))));

            assertThat(paths(stage.changes())).isEqualTo(expected);
            assertThat(known(stage.subtasks())).isEqualTo(expected);

            TestingTallies sums = arrived;
            codes.forEach(
                    (version, items) ->
                            items.forEach(
                                    (item, itsCodes) ->
                                            sums.count(
                                                    version,
                                                    "standing",
                                                    1,
                                                    itsCodes,
                                                    residuals.get(version).get(item))));
            Map<String, Long> counted = TestingTallies.sum(stage.tallies());
            inForce.forEach(
                    (version, plan) ->
                            assertThat(counted)
                                    .containsEntry(
                                            "%s sweep %d buckets"
                                                    .formatted(version, plan.getEpoch()),
                                            (long) BUCKETS.count()));
            counted.keySet().removeIf(name -> name.contains("sweep"));
            assertThat(counted).isEqualTo(sums.sums());
        }

        private int[] remapped(String version, int[] itsCodes) {
            int[] tokens = itsCodes.clone();
            RemapPlan plan = inForce.get(version);
            if (plan != null && plan.getLayer() <= tokens.length) {
                int code = tokens[plan.getLayer() - 1];
                tokens[plan.getLayer() - 1] = TestingRemaps.names(plan, code) ? -1 : code;
            }
            return tokens;
        }

        /** Where the changes lead every item, each of them from where it was. */
        private static Map<String, String> paths(List<PathChange> changes) {
            Map<String, String> paths = new TreeMap<>();
            Map<String, Long> sequences = new HashMap<>();
            for (PathChange change : changes) {
                ItemChange item = change.item();
                String key = item.itemId() + " " + change.path().codebookVersion();
                String path = Arrays.toString(change.path().tokens());
                if (change.kind() != PathChange.Kind.LEAVE) {
                    Long before = sequences.put(key, item.sequence());
                    assertThat(item.sequence()).isGreaterThan(before == null ? 0 : before);
                }
                switch (change.kind()) {
                    case JOIN -> assertThat(paths.put(key, path)).as(key).isNull();
                    case STAY -> {
                        assertThat(paths.get(key)).as(key).isEqualTo(path);
                        assertThat(item.reason()).isEqualTo(UpdateReason.EMBEDDING_CHANGED);
                    }
                    case LEAVE, DELETE -> assertThat(paths.remove(key)).as(key).isEqualTo(path);
                }
            }
            return paths;
        }

        private static Map<String, String> known(List<TestingIndex> subtasks) throws Exception {
            Map<String, String> known = new TreeMap<>();
            for (TestingIndex subtask : subtasks) {
                for (Map.Entry<String, IndexedItem> item : subtask.items().entrySet()) {
                    for (IndexedItem.VersionEntry entry : item.getValue().versions()) {
                        known.put(
                                item.getKey() + " " + entry.codebookVersion(),
                                Arrays.toString(entry.path().tokens()));
                    }
                }
            }
            return known;
        }
    }
}
