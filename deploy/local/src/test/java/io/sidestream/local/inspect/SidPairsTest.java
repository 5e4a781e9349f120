package io.sidestream.local.inspect;

import static io.sidestream.local.inspect.SidPairs.Side.FIRST;
import static io.sidestream.local.inspect.SidPairs.Side.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SidPairsTest {

    private final SidPairs pairs = new SidPairs(3, 3);

    @Test
    void countsItemsWhoseTokensDifferByLayer() {
        put(FIRST, "same", 1, 2, 3);
        put(SECOND, "same", 1, 2, 3);
        put(FIRST, "last", 1, 2, 3);
        put(SECOND, "last", 1, 2, 4);
        put(FIRST, "two", 0, 0, 0);
        put(SECOND, "two", 5, 0, 5);
        put(FIRST, "gone", 1, 1, 1);
        put(SECOND, "come", 1, 1, 1);

        Churn churn = pairs.churn();

        assertThat(churn).isEqualTo(new Churn(3, 1, 1, List.of(1L, 0L, 2L), 2));
        assertThat(churn.tokenShare(3)).isEqualTo(2 / 3.0);
        assertThat(churn.pathShare()).isEqualTo(2 / 3.0);
    }

    @Test
    void countsADroppedTokenAsEqualOnlyToAnotherDroppedOne() {
        pairs.apply(FIRST, "both", TestingUpdates.dropping(2, update("both", 1, 2, 3)));
        pairs.apply(SECOND, "both", TestingUpdates.dropping(2, update("both", 1, 7, 3)));
        pairs.apply(FIRST, "one", TestingUpdates.dropping(2, update("one", 1, 2, 3)));
        put(SECOND, "one", 1, 2, 3);

        assertThat(pairs.churn()).isEqualTo(new Churn(2, 0, 0, List.of(0L, 1L, 0L), 1));
    }

    @Test
    void forgetsDeletedItems() {
        put(FIRST, "a", 1, 2, 3);
        put(SECOND, "a", 1, 2, 3);
        pairs.apply(SECOND, "a", TestingUpdates.of("a", "v", UpdateReason.DELETED, -1, new int[0]));
        put(FIRST, "b", 1, 2, 3);
        pairs.apply(FIRST, "b", null);
        pairs.apply(FIRST, "never", null);

        Churn churn = pairs.churn();

        assertThat(churn).isEqualTo(new Churn(0, 1, 0, List.of(0L, 0L, 0L), 0));
        assertThat(churn.pathShare()).isZero();
    }

    @Test
    void comparesTheLayersThatBothHave() {
        SidPairs uneven = new SidPairs(3, 2);
        uneven.apply(FIRST, "a", update("a", 1, 2, 3));
        uneven.apply(SECOND, "a", update("a", 1, 5));

        assertThat(uneven.churn()).isEqualTo(new Churn(1, 0, 0, List.of(0L, 1L), 1));
    }

    @Test
    void agreesWithPlainMapsOnManyItems() {
        Random random = new Random(5);
        Map<String, int[]> firsts = new HashMap<>();
        Map<String, int[]> seconds = new HashMap<>();
        for (int i = 0; i < 60_000; i++) {
            boolean first = random.nextBoolean();
            String item = "item-" + random.nextInt(20_000);
            int[] codes = {random.nextInt(3), random.nextInt(3), random.nextInt(3)};
            boolean gone = random.nextInt(10) == 0;
            if (gone) {
                (first ? firsts : seconds).remove(item);
            } else {
                (first ? firsts : seconds).put(item, codes);
            }
            pairs.apply(first ? FIRST : SECOND, item, gone ? null : update(item, codes));
        }

        List<String> both = firsts.keySet().stream().filter(seconds::containsKey).toList();
        assertThat(both).hasSizeGreaterThan(5000);
        Churn churn = pairs.churn();
        assertThat(churn.both()).isEqualTo(both.size());
        assertThat(churn.onlyFirst()).isEqualTo(firsts.size() - both.size());
        assertThat(churn.onlySecond()).isEqualTo(seconds.size() - both.size());
        for (int layer = 1; layer <= 3; layer++) {
            int at = layer - 1;
            assertThat(churn.tokens().get(at))
                    .isEqualTo(
                            both.stream()
                                    .filter(id -> firsts.get(id)[at] != seconds.get(id)[at])
                                    .count());
        }
        assertThat(churn.paths())
                .isEqualTo(
                        both.stream()
                                .filter(id -> !Arrays.equals(firsts.get(id), seconds.get(id)))
                                .count());
    }

    @Test
    void refusesATokenOfALayerThatTheCodebookDoesNotHave() {
        SidUpdate four = update("a", 1, 2, 3, 4);

        assertThatThrownBy(() -> pairs.apply(FIRST, "a", four))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("\"a\"", "3 layers", "<d_4>");
    }

    private void put(SidPairs.Side side, String item, int... codes) {
        pairs.apply(side, item, update(item, codes));
    }

    private static SidUpdate update(String item, int... codes) {
        return TestingUpdates.of(item, "v", UpdateReason.NEW, 0, codes);
    }
}
