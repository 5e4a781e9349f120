package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.embedding.ItemHash;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiveSampleTest {

    @ParameterizedTest
    @CsvSource({"100, 400", "100, 150", "300, 400", "500, 700", "1000, 1000"})
    void isOfTheLiveItemsWithTheLowestHashesInWhateverOrderPartitionsAreRead(
            int rows, int capacity) {
        List<List<Change>> partitions = partitions(new Random(rows + capacity), 4, 1_200);
        List<String> expected = lowest(latest(partitions), 5, rows);
        for (int order = 0; order < 5; order++) {
            LiveSample sample = new LiveSample(rows, 2, capacity, 5);
            interleaved(new Random(order), partitions).forEach(change -> change.applyTo(sample));
            requireRows(sample.sample(), expected, latest(partitions));
        }
    }

    @Test
    void holdsNoMoreThanItsCapacityAndStillIsExact() {
        LiveSample sample = new LiveSample(10, 1, 20, 3);
        Map<String, Change> live = new HashMap<>();
        for (int i = 0; i < 5_000; i++) {
            Change change = new Change("item" + i, null, new float[] {i});
            change.applyTo(sample);
            live.put(change.id, change);
            if (i % 7 == 6) {
                Change deletion = new Change("item" + (i - 3), null, null);
                deletion.applyTo(sample);
                live.remove(deletion.id);
            }
        }
        requireRows(sample.sample(), lowest(live, 3, 10), live);
    }

    @ParameterizedTest
    @CsvSource({"0, 5", "0, 39", "20, 40"})
    void drawsEveryLiveItemWithTheSameChance(int deleted, int capacity) {
        int live = 40;
        int drawn = 5;
        int seeds = 4_000;
        int[] hits = new int[live];
        for (int seed = 0; seed < seeds; seed++) {
            LiveSample sample = new LiveSample(drawn, 1, capacity, seed);
            for (int i = 0; i < live + deleted; i++) {
                sample.put("i" + i, null, new float[1]);
            }
            for (int i = live; i < live + deleted; i++) {
                sample.delete("i" + i);
            }
            for (String id : sample.sample().ids()) {
                hits[Integer.parseInt(id.substring(1))]++;
            }
        }
        double expected = (double) seeds * drawn / live;
        double chiSquare = 0;
        for (int hit : hits) {
            // Drawn without replacement, items vary less than if each were drawn by itself.
            chiSquare +=
                    (hit - expected) * (hit - expected) / expected * (live - 1) / (live - drawn);
        }
        assertThat(chiSquare)
                .as("between the quantiles of 0.1 and 99.9 percent, of 39 degrees of freedom")
                .isBetween(17.3, 72.1);
    }

    @Test
    void drawsOtherItemsWithAnotherSeed() {
        List<List<String>> drawn = new ArrayList<>();
        for (long seed : new long[] {1, 2, 1}) {
            LiveSample sample = new LiveSample(20, 1, 50, seed);
            for (int i = 0; i < 1_000; i++) {
                sample.put("i" + i, null, new float[1]);
            }
            drawn.add(sample.sample().ids());
        }
        assertThat(drawn.get(0)).isEqualTo(drawn.get(2)).isNotEqualTo(drawn.get(1));
        assertThat(drawn.get(0))
                .as("about 0.4 by chance")
                .filteredOn(drawn.get(1)::contains)
                .hasSizeLessThan(5);
    }

    @Test
    void saysThatItIsShortWhenTooManyOfItsItemsWereDeleted() {
        LiveSample sample = new LiveSample(10, 1, 12, 1);
        for (int i = 0; i < 100; i++) {
            sample.put("i" + i, null, new float[1]);
        }
        List<String> drawn = sample.sample().ids();
        sample.delete(drawn.get(0));
        sample.delete(drawn.get(1));
        assertThat(sample.isShort()).isFalse();
        sample.delete(drawn.get(2));
        assertThat(sample.isShort()).isTrue();
        assertThatThrownBy(sample::sample)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("only 9 items are left of a sample of 10")
                .hasMessageContaining("capacity of more than 12");
        sample.put(drawn.get(2), null, new float[1]);
        assertThat(sample.isShort()).as("what comes back is known").isFalse();
    }

    @Test
    void isTheWholeCatalogWhereThatIsSmaller() {
        LiveSample sample = new LiveSample(10, 1, 10, 1);
        assertThat(sample.sample().rows()).isZero();
        for (int i = 0; i < 6; i++) {
            sample.put("i" + i, null, new float[] {i});
        }
        sample.delete("i4");
        sample.delete("i4");
        sample.delete("unheard of");
        assertThat(sample.isShort()).isFalse();
        assertThat(sample.sample().ids()).containsExactlyInAnyOrder("i0", "i1", "i2", "i3", "i5");
    }

    @Test
    void takesTheLastEmbeddingUnlessItsRevisionIsLower() {
        LiveSample sample = new LiveSample(1, 1, 1, 1);
        sample.put("a", 5L, new float[] {1});
        sample.put("a", 4L, new float[] {2});
        assertThat(sample.sample().values()).containsExactly(1);
        sample.put("a", 5L, new float[] {3});
        assertThat(sample.sample().values()).containsExactly(3);
        sample.put("a", null, new float[] {4});
        assertThat(sample.sample().values()).containsExactly(4);
        sample.put("a", 1L, new float[] {5});
        assertThat(sample.sample().values()).containsExactly(5);
    }

    @Test
    void bringsNothingBackThatADeletionHasCovered() {
        LiveSample sample = new LiveSample(2, 1, 2, 1);
        sample.put("a", 5L, new float[] {1});
        sample.delete("a");
        sample.put("a", 5L, new float[] {2});
        sample.put("a", 3L, new float[] {2});
        assertThat(sample.sample().ids()).isEmpty();
        sample.put("a", 6L, new float[] {3});
        assertThat(sample.sample().values()).containsExactly(3);
        sample.delete("a");
        sample.put("a", null, new float[] {4});
        assertThat(sample.sample().values()).containsExactly(4);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> new LiveSample(0, 1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1 row of dimension 1, not 0");
        assertThatThrownBy(() -> new LiveSample(5, 1, 4, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a capacity of as many at least, not 4");
        assertThatThrownBy(() -> new LiveSample(3_000_000, 1_000, 3_000_000, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not fit into one array");
        assertThatThrownBy(() -> new LiveSample(5, 3, 5, 1).put("a", null, new float[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("item \"a\" has 2 components");
    }

    /** What happens to an item; without an embedding, it is deleted. */
    private record Change(String id, Long revision, float[] embedding) {

        void applyTo(LiveSample sample) {
            if (embedding == null) {
                sample.delete(id);
            } else {
                sample.put(id, revision, embedding);
            }
        }
    }

    /** Items come, change, go and come back, some of them with revisions in disorder. */
    private static List<List<Change>> partitions(Random random, int count, int items) {
        List<List<Change>> partitions = new ArrayList<>();
        for (int partition = 0; partition < count; partition++) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 3 * items / count; i++) {
                int item = random.nextInt(items / count);
                Long revision = item % 3 == 0 ? Long.valueOf(random.nextInt(20)) : null;
                float[] embedding = {partition, random.nextFloat()};
                changes.add(
                        new Change(
                                "p%d-%d".formatted(partition, item),
                                revision,
                                random.nextInt(6) == 0 ? null : embedding));
            }
            partitions.add(changes);
        }
        return partitions;
    }

    private static List<Change> interleaved(Random random, List<List<Change>> partitions) {
        List<Deque<Change>> left = new ArrayList<>();
        partitions.forEach(partition -> left.add(new ArrayDeque<>(partition)));
        List<Change> changes = new ArrayList<>();
        while (!left.isEmpty()) {
            int chosen = random.nextInt(left.size());
            changes.add(left.get(chosen).remove());
            left.removeIf(Deque::isEmpty);
        }
        return changes;
    }

    /** The last embedding of every live item: all is kept, nothing forgotten. */
    private static Map<String, Change> latest(List<List<Change>> partitions) {
        Map<String, Change> latest = new HashMap<>();
        Map<String, Long> covered = new HashMap<>();
        for (List<Change> partition : partitions) {
            for (Change change : partition) {
                Change known = latest.get(change.id);
                if (change.embedding == null) {
                    if (known != null && known.revision != null) {
                        covered.put(change.id, known.revision);
                    }
                    latest.remove(change.id);
                } else if (change.revision == null
                        || (change.revision > covered.getOrDefault(change.id, -1L)
                                && (known == null
                                        || known.revision == null
                                        || change.revision >= known.revision))) {
                    latest.put(change.id, change);
                    covered.remove(change.id);
                }
            }
        }
        return latest;
    }

    private static List<String> lowest(Map<String, Change> live, long seed, int rows) {
        return live.keySet().stream()
                .sorted(Comparator.comparing((String id) -> ItemHash.of(id, seed)))
                .limit(rows)
                .toList();
    }

    private static void requireRows(
            EmbeddingMatrix sample, List<String> expected, Map<String, Change> live) {
        assertThat(sample.ids()).isEqualTo(expected);
        for (int row = 0; row < sample.rows(); row++) {
            int dimension = sample.dimension();
            float[] values =
                    Arrays.copyOfRange(sample.values(), row * dimension, (row + 1) * dimension);
            assertThat(values).isEqualTo(live.get(expected.get(row)).embedding);
        }
    }
}
