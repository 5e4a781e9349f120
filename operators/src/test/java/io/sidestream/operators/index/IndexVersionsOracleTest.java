package io.sidestream.operators.index;

import static io.sidestream.operators.control.TestingChanges.live;
import static io.sidestream.operators.control.TestingChanges.retired;
import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.control.TestingRemaps.step;
import static io.sidestream.operators.index.TestingIndex.BUCKETS;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.TestingTallies;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.assign.Place;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Versions come and retire one after the other, with gaps in which arrivals miss them, while
 * backfilled codes of embeddings old and new mix with the arrivals, plans follow each other, and
 * the stage fails and is restored with other numbers of subtasks. What comes of it is compared with
 * plain maps.
 */
class IndexVersionsOracleTest {

    private static final SweepOptions SLOW = new SweepOptions(Duration.ofSeconds(1), 1, 3);
    private static final int LAYERS = 2;
    private static final int TOKENS = 3;

    @ParameterizedTest
    @CsvSource({"HASHMAP, 1", "HASHMAP, 2", "HASHMAP, 3", "HASHMAP, 4", "ROCKSDB, 5"})
    void agreesWithPlainMapsThroughTheLivesOfVersions(TestingBackend backend, long seed)
            throws Exception {
        Oracle oracle = new Oracle(new Random(seed));
        int[] parallelisms = {1, 2, 3, 1, 4, 2};
        try (TestingStage stage = new TestingStage(backend, SLOW)) {
            for (int parallelism : parallelisms) {
                stage.restart(parallelism);
                for (int i = 0; i < 150; i++) {
                    oracle.act(stage);
                }
                stage.checkpoint();
                stage.pass(700); // what comes of this is lost
            }
            stage.restart(3);
            oracle.check(stage);
        }
    }

    /** An embedding, as it is in Kafka. */
    private record Embedding(String itemId, long offset, Long revision) {

        /** Whatever a quantizer would say. */
        Assignment under(String version) {
            Random random = new Random((version + offset).hashCode());
            return new Assignment(
                    version,
                    random.ints(LAYERS, 0, TOKENS).toArray(),
                    random.ints(LAYERS).toArray());
        }

        AssignedItem assigned(AssignedItem.Source source, List<Assignment> assignments) {
            return new AssignedItem(itemId, source, new Place(0, offset), revision, 0, assignments);
        }
    }

    private static final class Oracle {

        private final Random random;
        private final List<Embedding> log = new ArrayList<>();
        private final Map<String, Embedding> last = new TreeMap<>();
        private final Set<String> deleted = new TreeSet<>();

        /** By version and item. */
        private final Map<String, Map<String, Assignment>> indexed = new TreeMap<>();

        private final Map<String, RemapPlan> inForce = new HashMap<>();
        private final TestingTallies arrived = new TestingTallies();
        private final Set<String> retired = new TreeSet<>();
        private long offset;
        private long epoch;
        private int applied;

        Oracle(Random random) {
            this.random = random;
        }

        void act(TestingStage stage) throws Exception {
            int dice = random.nextInt(100);
            if (dice < 2 || indexed.isEmpty()) {
                String version = "v" + (indexed.size() + retired.size() + 1);
                indexed.put(version, new TreeMap<>());
                stage.receive(live(version));
            } else if (dice < 4 && indexed.size() > 1) {
                String version = any(indexed.keySet());
                indexed.remove(version);
                inForce.remove(version);
                retired.add(version);
                stage.receive(retired(version));
            } else if (dice < 8) {
                decide(stage);
            } else if (dice < 20) {
                stage.pass(500);
            } else if (dice < 50 && !log.isEmpty()) {
                backfill(stage);
            } else if (dice < 60) {
                delete(stage);
            } else {
                arrive(stage);
            }
        }

        private void arrive(TestingStage stage) throws Exception {
            int number = random.nextInt(40);
            boolean numbered = number % 3 == 0;
            Embedding embedding =
                    new Embedding(
                            "item-" + number,
                            offset++,
                            numbered ? Long.valueOf(random.nextInt(60)) : null);
            Set<String> versions = new TreeSet<>(indexed.keySet());
            versions.removeIf(version -> random.nextInt(4) == 0); // a gap
            if (versions.isEmpty()) {
                return; // a dead letter
            }
            log.add(embedding);
            List<Assignment> assignments =
                    new ArrayList<>(versions.stream().map(embedding::under).toList());
            if (!retired.isEmpty() && random.nextBoolean()) {
                assignments.add(embedding.under(any(retired))); // it was in a bundle
            }
            stage.receive(embedding.assigned(AssignedItem.Source.ARRIVAL, assignments));
            if (isStale(embedding)) {
                return;
            }
            last.put(embedding.itemId(), embedding);
            deleted.remove(embedding.itemId());
            for (String version : versions) {
                Assignment codes = embedding.under(version);
                indexed.get(version).put(embedding.itemId(), codes);
                arrived.count(version, "arrivals", 1, codes.codes(), codes.residuals());
            }
        }

        private boolean isStale(Embedding embedding) {
            Embedding before = last.get(embedding.itemId());
            if (before == null || before.revision() == null || embedding.revision() == null) {
                return false;
            }
            return deleted.contains(embedding.itemId())
                    ? embedding.revision() <= before.revision()
                    : embedding.revision() < before.revision();
        }

        private void delete(TestingStage stage) throws Exception {
            String itemId = "item-" + random.nextInt(40);
            stage.receive(
                    new Embedding(itemId, offset++, null)
                            .assigned(AssignedItem.Source.ARRIVAL, List.of()));
            if (last.containsKey(itemId)) {
                deleted.add(itemId);
                indexed.values().forEach(items -> items.remove(itemId));
            }
        }

        private void backfill(TestingStage stage) throws Exception {
            Embedding embedding =
                    random.nextBoolean() && !last.isEmpty()
                            ? last.get(any(last.keySet()))
                            : log.get(random.nextInt(log.size()));
            Set<String> versions = new TreeSet<>(indexed.keySet());
            versions.addAll(retired);
            String version = any(versions);
            Assignment codes = embedding.under(version);
            stage.receive(embedding.assigned(AssignedItem.Source.BACKFILL, List.of(codes)));
            if (indexed.containsKey(version)
                    && !deleted.contains(embedding.itemId())
                    && embedding.equals(last.get(embedding.itemId()))) {
                indexed.get(version).put(embedding.itemId(), codes);
                applied++;
            }
        }

        private void decide(TestingStage stage) throws Exception {
            Set<String> versions = new TreeSet<>(indexed.keySet());
            versions.addAll(retired); // what was decided before it retired comes late
            String version = any(versions);
            RemapPlan plan =
                    plan(
                            version,
                            ++epoch,
                            1 + random.nextInt(LAYERS),
                            random.ints(2, 0, TOKENS).distinct().toArray());
            stage.receive(plan);
            stage.receive(step(version, epoch, PlanStatus.APPLYING));
            if (indexed.containsKey(version)) {
                inForce.put(version, plan);
            }
        }

        private String any(Set<String> names) {
            return List.copyOf(names).get(random.nextInt(names.size()));
        }

        void check(TestingStage stage) throws Exception {
            assertThat(retired).hasSizeGreaterThan(2);
            assertThat(applied).as("backfilled codes that count").isGreaterThan(20);
            stage.sweepToTheEnd();
            stage.checkpoint();
            long run = stage.checkpoints() - 1;

            Map<String, String> expected = new TreeMap<>();
            indexed.forEach(
                    (version, items) ->
                            items.forEach(
                                    (item, codes) ->
                                            expected.put(
                                                    item + " " + version,
                                                    Arrays.toString(
                                                            remapped(version, codes.codes())))));
            Map<String, String> published = paths(stage.changes());
            published.keySet().removeIf(key -> retired.contains(key.split(" ")[1]));
            assertThat(published).isEqualTo(expected);
            assertThat(known(stage.subtasks())).isEqualTo(expected);
            for (String version : retired) {
                for (TestingIndex subtask : stage.subtasks()) {
                    assertThat(subtask.traces(version)).as(version).isEmpty();
                }
            }

            indexed.forEach(
                    (version, items) ->
                            items.values()
                                    .forEach(
                                            codes ->
                                                    arrived.count(
                                                            version,
                                                            "standing",
                                                            1,
                                                            codes.codes(),
                                                            codes.residuals())));
            Map<String, Long> counted = TestingTallies.sum(stage.tallies());
            for (String version : retired) {
                assertThat(counted)
                        .containsEntry(
                                "%s erased INDEX run %d buckets".formatted(version, run),
                                (long) BUCKETS.count());
            }
            counted.keySet().removeIf(name -> name.contains("sweep") || isRetired(name));
            Map<String, Long> sums = new TreeMap<>(arrived.sums());
            sums.keySet().removeIf(this::isRetired);
            assertThat(counted).isEqualTo(sums);
        }

        private boolean isRetired(String name) {
            return retired.contains(name.split(" ")[0]);
        }

        private int[] remapped(String version, int[] codes) {
            int[] tokens = codes.clone();
            RemapPlan plan = inForce.get(version);
            if (plan != null && TestingRemaps.names(plan, tokens[plan.getLayer() - 1])) {
                tokens[plan.getLayer() - 1] = -1;
            }
            return tokens;
        }

        /** Where the changes lead every item, each of them from where it was. */
        private static Map<String, String> paths(List<PathChange> changes) {
            Map<String, String> paths = new TreeMap<>();
            Map<String, Long> sequences = new HashMap<>();
            Set<UpdateReason> reasons = new TreeSet<>();
            for (PathChange change : changes) {
                ItemChange item = change.item();
                String key = item.itemId() + " " + change.path().codebookVersion();
                String path = Arrays.toString(change.path().tokens());
                if (change.kind() != PathChange.Kind.LEAVE) {
                    Long before = sequences.put(key, item.sequence());
                    assertThat(item.sequence()).isGreaterThan(before == null ? 0 : before);
                }
                reasons.add(item.reason());
                switch (change.kind()) {
                    case JOIN -> assertThat(paths.put(key, path)).as(key).isNull();
                    case STAY -> assertThat(paths.get(key)).as(key).isEqualTo(path);
                    case LEAVE, DELETE -> assertThat(paths.remove(key)).as(key).isEqualTo(path);
                }
            }
            assertThat(reasons).containsExactlyInAnyOrder(UpdateReason.values());
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
