package io.sidestream.local.commands.remap;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sidestream.hourglass.TokenSkew;
import io.sidestream.local.kafka.PublishedItems;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.RemapPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DryRunTest {

    private static final List<Integer> LAYER_SIZES = List.of(4, 6, 5);

    private final Random random = new Random(7);

    /** Against SIDs written out as text, counted by their spelling. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "top-p=0.85",
                "top-p=0",
                "top-k=2",
                "token-fraction=0.5",
                "drop-layer",
                "none"
            })
    void foretellsWhatAPlanDoesToEverySid(String policy) {
        Set<Integer> droppedNow = Set.of(0, 4);
        List<int[]> codes = IntStream.range(0, 300).mapToObj(i -> randomCodes()).toList();

        DryRun run = DryRun.of("v1", 2, RemapPolicy.parse(policy), published(codes, droppedNow));

        Set<Integer> head = expectedHead(policy, codes);
        List<String> before = codes.stream().map(item -> path(item, droppedNow)).toList();
        List<String> after = codes.stream().map(item -> path(item, head)).toList();
        assertThat(run.headTokens()).containsExactlyElementsOf(head);
        assertThat(run.items()).isEqualTo(300);
        assertThat(run.headItems())
                .isEqualTo(codes.stream().filter(item -> head.contains(item[1])).count());
        assertThat(run.itemsToMove())
                .isEqualTo(
                        IntStream.range(0, 300)
                                .filter(i -> !before.get(i).equals(after.get(i)))
                                .count());
        requireEqual(run.before(), before);
        requireEqual(run.after(), after);
    }

    private static void requireEqual(DryRun.Sids sids, List<String> paths) {
        Map<String, Long> sharers = paths.stream().collect(groupingBy(path -> path, counting()));
        assertThat(sids.paths().distinct()).isEqualTo(sharers.size());
        assertThat(sids.paths().singletons())
                .isEqualTo(sharers.values().stream().filter(items -> items == 1).count());
        assertThat(sids.paths().collisionRate())
                .isCloseTo(1 - sharers.size() / 300.0, within(1e-12));
        assertThat(sids.paths().utilization())
                .isCloseTo(sharers.size() / (4.0 * 6 * 5), within(1e-12));
        assertThat(sids.largestPath())
                .isEqualTo(sharers.values().stream().max(Long::compare).orElseThrow());
        for (int length = 0; length <= 3; length++) {
            int tokens = length;
            assertThat(sids.byLength().get(length))
                    .isEqualTo(
                            paths.stream()
                                    .filter(
                                            path ->
                                                    path.chars().filter(c -> c == '<').count()
                                                            == tokens)
                                    .count());
        }
        for (int layer = 1; layer <= 3; layer++) {
            char letter = (char) ('a' + layer - 1);
            long[] counts =
                    IntStream.range(0, LAYER_SIZES.get(layer - 1))
                            .mapToLong(
                                    token ->
                                            paths.stream()
                                                    .filter(
                                                            path ->
                                                                    path.contains(
                                                                            "<%c_%d>"
                                                                                    .formatted(
                                                                                            letter,
                                                                                            token)))
                                                    .count())
                            .toArray();
            assertThat(sids.layers().get(layer - 1)).isEqualTo(TokenSkew.of(counts));
        }
    }

    @Test
    void countsItemsOnceHoweverOftenTheyWerePublished() {
        SidUpdate first = TestingUpdates.of("a", "v1", UpdateReason.NEW, 0, 1, 2, 3);
        SidUpdate second = TestingUpdates.of("a", "v1", UpdateReason.EMBEDDING_CHANGED, 0, 1, 5, 3);

        DryRun run =
                DryRun.of(
                        "v1",
                        2,
                        RemapPolicy.parse("top-p=1"),
                        TestingUpdates.published(LAYER_SIZES, first, second));

        assertThat(run.headTokens()).containsExactly(5);
        assertThat(run.items()).isEqualTo(1);
        assertThat(run.itemsToMove()).isEqualTo(1);
    }

    @Test
    void movesNobodyWhereThePlanIsInForceAlready() {
        PublishedItems items =
                TestingUpdates.published(
                        List.of(3),
                        TestingUpdates.dropping(1, item("a", 1)),
                        TestingUpdates.dropping(1, item("b", 1)),
                        item("c", 0));

        DryRun run = DryRun.of("v1", 1, RemapPolicy.parse("top-k=1"), items);

        assertThat(run.headTokens()).containsExactly(1);
        assertThat(run.itemsToMove()).isZero();
        assertThat(run.after()).isEqualTo(run.before());
        assertThat(run.after().byLength()).containsExactly(2L, 1L);
    }

    @Test
    void makesAPlanOfNothingWithoutItems() {
        DryRun run =
                DryRun.of(
                        "v1",
                        2,
                        RemapPolicy.parse("top-p=0.85"),
                        TestingUpdates.published(LAYER_SIZES));

        assertThat(run.headTokens()).isEmpty();
        assertThat(run.items()).isZero();
        assertThat(run.after().largestPath()).isZero();
        assertThat(run.after().paths().collisionRate()).isZero();
    }

    /** Layer 2 is skewed: the smaller of two dice. */
    private int[] randomCodes() {
        return new int[] {
            random.nextInt(4), Math.min(random.nextInt(6), random.nextInt(6)), random.nextInt(5)
        };
    }

    private static PublishedItems published(List<int[]> codes, Set<Integer> droppedNow) {
        List<SidUpdate> updates = new ArrayList<>();
        for (int[] item : codes) {
            SidUpdate update = item("item" + updates.size(), item);
            updates.add(droppedNow.contains(item[1]) ? TestingUpdates.dropping(2, update) : update);
        }
        return TestingUpdates.published(LAYER_SIZES, updates.toArray(new SidUpdate[0]));
    }

    private static SidUpdate item(String id, int... codes) {
        return TestingUpdates.of(id, "v1", UpdateReason.NEW, 0, codes);
    }

    private static String path(int[] codes, Set<Integer> head) {
        return IntStream.range(0, codes.length)
                .filter(i -> i != 1 || !head.contains(codes[1]))
                .mapToObj(i -> "<%c_%d>".formatted('a' + i, codes[i]))
                .collect(Collectors.joining());
    }

    /** Tokens of layer 2 one by one, most frequent first, as long as the policy wants more. */
    private static Set<Integer> expectedHead(String policy, List<int[]> codes) {
        Map<Integer, Long> counts = codes.stream().collect(groupingBy(item -> item[1], counting()));
        List<Integer> order =
                Stream.iterate(0, token -> token < 6, token -> token + 1)
                        .sorted(
                                (one, other) ->
                                        Long.compare(
                                                counts.getOrDefault(other, 0L),
                                                counts.getOrDefault(one, 0L)))
                        .toList();
        int length =
                switch (policy) {
                    case "top-p=0.85" -> {
                        long held = 0;
                        int tokens = 0;
                        while (100 * held < 85L * codes.size()) {
                            held += counts.get(order.get(tokens++));
                        }
                        yield tokens;
                    }
                    case "top-k=2" -> 2;
                    case "token-fraction=0.5" -> 3;
                    case "drop-layer" -> 6;
                    default -> 0;
                };
        return new TreeSet<>(order.subList(0, length));
    }
}
