package io.sidestream.sid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.schema.RemapPolicyKind;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemapPolicyTest {

    @Test
    void takesTheMostFrequentTokensUpToAShareOfItems() {
        long[] counts = {10, 50, 0, 30, 10};

        assertThat(head("top-p=0.5", counts)).containsExactly(1);
        assertThat(head("top-p=0.51", counts)).containsExactly(1, 3);
        assertThat(head("top-p=0.8", counts)).containsExactly(1, 3);
        assertThat(head("top-p=0.85", counts)).containsExactly(0, 1, 3);
    }

    @Test
    void takesTheLowerTokenOfEquals() {
        assertThat(head("top-p=0.5", 5, 5, 5, 5)).containsExactly(0, 1);
        assertThat(head("top-p=0.51", 5, 5, 5, 5)).containsExactly(0, 1, 2);
        assertThat(head("top-k=2", 1, 5, 0, 5, 5)).containsExactly(1, 3);
        assertThat(head("token-fraction=0.5", 0, 0, 0, 0)).containsExactly(0, 1);
    }

    @Test
    void takesNoTokenForNoShareAndAllThatHaveItemsForTheWhole() {
        assertThat(head("top-p=0", 3, 0, 2)).isEmpty();
        assertThat(head("top-p=1", 3, 0, 2)).containsExactly(0, 2);
        assertThat(head("top-p=0.0001", 3, 0, 2)).containsExactly(0);
        assertThat(head("top-p=0.9999", 3, 0, 2)).containsExactly(0, 2);
    }

    @Test
    void takesNoTokenByShareOfNoItems() {
        assertThat(head("top-p=0", 0, 0)).isEmpty();
        assertThat(head("top-p=0.85", 0, 0)).isEmpty();
        assertThat(head("top-p=1", 0, 0)).isEmpty();
    }

    @Test
    void takesTheTokenThatHasAllItems() {
        assertThat(head("top-p=0.01", 0, 0, 9)).containsExactly(2);
        assertThat(head("top-p=1", 0, 0, 9)).containsExactly(2);
        assertThat(head("top-k=1", 0, 0, 9)).containsExactly(2);
    }

    @Test
    void handlesALayerOfOneToken() {
        assertThat(head("top-p=0", 7)).isEmpty();
        assertThat(head("top-p=0.85", 7)).containsExactly(0);
        assertThat(head("top-k=3", 7)).containsExactly(0);
        assertThat(head("token-fraction=0.01", 7)).containsExactly(0);
        assertThat(head("drop-layer", 7)).containsExactly(0);
        assertThat(head("none", 7)).isEmpty();
    }

    /** As doubles, 0.07 times 100 is more than 7, and 0.29 times 100 less than 29. */
    @ParameterizedTest
    @CsvSource({"0.07, 7", "0.14, 14", "0.28, 28", "0.29, 29", "0.55, 55", "0.57, 57", "0.58, 58"})
    void comparesSharesAsTheDecimalsTheyAre(String fraction, int expected) {
        long[] even = new long[100];
        Arrays.fill(even, 1);

        assertThat(head("top-p=" + fraction, even)).hasSize(expected);
        assertThat(head("token-fraction=" + fraction, even)).hasSize(expected);
    }

    @Test
    void comparesSharesOfHugeCountsExactly() {
        long boundary = 850_000_000_000_000_000L; // 0.85 of 10^18, beyond a double's precision
        long rest = 1_000_000_000_000_000_000L - boundary;

        assertThat(head("top-p=0.85", boundary, rest)).containsExactly(0);
        assertThat(head("top-p=0.85", boundary - 1, rest + 1)).containsExactly(0, 1);
    }

    @Test
    void takesAsManyTokensAsAsked() {
        assertThat(head("top-k=0", 1, 2, 3)).isEmpty();
        assertThat(head("top-k=2", 1, 2, 3)).containsExactly(1, 2);
        assertThat(head("top-k=3", 0, 0, 3)).containsExactly(0, 1, 2);
        assertThat(head("top-k=400", 1, 2, 3)).containsExactly(0, 1, 2);
    }

    @Test
    void takesAFractionOfTheTokensRoundedUp() {
        assertThat(head("token-fraction=0", 1, 2, 3)).isEmpty();
        assertThat(head("token-fraction=0.01", 1, 2, 3)).containsExactly(2);
        assertThat(head("token-fraction=0.34", 1, 2, 3)).containsExactly(1, 2);
        assertThat(head("token-fraction=1", 0, 0, 3)).containsExactly(0, 1, 2);
    }

    @Test
    void takesTheWholeLayerOrNothing() {
        assertThat(head("drop-layer", 0, 2, 3)).containsExactly(0, 1, 2);
        assertThat(head("none", 0, 2, 3)).isEmpty();
    }

    /** The definition: a head that suffices, and would not without its last token. */
    @Test
    void takesTheSmallestHeadThatHoldsTheShare() {
        Random random = new Random(14);
        for (int round = 0; round < 500; round++) {
            long[] counts = random.longs(1 + random.nextInt(30), 0, 6).toArray();
            BigDecimal p = BigDecimal.valueOf(random.nextInt(101), 2);
            BigDecimal wanted = p.multiply(BigDecimal.valueOf(LongStream.of(counts).sum()));

            int[] head = head("top-p=" + p, counts);

            TreeSet<Integer> tail =
                    new TreeSet<>(IntStream.range(0, counts.length).boxed().toList());
            long held = 0;
            long least = Long.MAX_VALUE;
            for (int token : head) {
                tail.remove(token);
                held += counts[token];
                least = Math.min(least, counts[token]);
            }
            assertThat(head).isSorted();
            assertThat(BigDecimal.valueOf(held)).isGreaterThanOrEqualTo(wanted);
            if (head.length > 0) {
                assertThat(BigDecimal.valueOf(held - least)).isLessThan(wanted);
            }
            for (int token : head) {
                for (int other : tail) {
                    assertThat(counts[token])
                            .isGreaterThanOrEqualTo(counts[other] + (other < token ? 1 : 0));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "top-p=0",
                "top-p=0.85",
                "top-p=1",
                "top-k=0",
                "top-k=400",
                "token-fraction=0",
                "token-fraction=0.1",
                "token-fraction=1",
                "drop-layer",
                "none"
            })
    void survivesTextAndRecords(String text) {
        RemapPolicy policy = RemapPolicy.parse(text);

        assertThat(policy).hasToString(text);
        assertThat(RemapPolicy.of(policy.kind(), policy.parameter())).isEqualTo(policy);
    }

    @ParameterizedTest
    @EnumSource
    void knowsThePolicyOfEveryRecord(RemapPolicyKind kind) {
        assertThat(RemapPolicy.of(kind, 0).kind()).isEqualTo(kind);
    }

    @Test
    void writesOneTextForOnePolicy() {
        assertThat(RemapPolicy.parse("top-p=.850")).hasToString("top-p=0.85");
        assertThat(RemapPolicy.parse("top-p=-0")).isEqualTo(new RemapPolicy.TopP(0));
        assertThat(RemapPolicy.parse("top-k=4e2")).hasToString("top-k=400");
        assertThat(RemapPolicy.parse("token-fraction=1e-5")).hasToString("token-fraction=0.00001");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | there is no such policy",
                "top-p | there is no such policy",
                "Top-p=0.5 | there is no such policy",
                "top-q=0.5 | there is no such policy",
                "none=1 | there is no such policy",
                "top-p= | '' is not a number",
                "top-p=85% | '85%' is not a number",
                "top-p=NaN | 'NaN' is not a number",
                "top-p=1.01 | p must be from 0 to 1, not 1.01",
                "top-p=-0.1 | p must be from 0 to 1, not -0.1",
                "token-fraction=2 | the fraction must be from 0 to 1, not 2.0",
                "top-k=-1 | k must be 0 or more, not -1",
                "top-k=1.5 | k must be a whole number, not 1.5",
                "top-k=1e12 | k must be a whole number, not 1.0E12"
            })
    void saysWhatIsWrongAndWhatToWrite(String text, String problem) {
        assertThatThrownBy(() -> RemapPolicy.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Remap policy '%s': ", text)
                .hasMessageContaining(problem)
                .hasMessageEndingWith(
                        "; write top-p=0.85, top-k=400, token-fraction=0.1, drop-layer or none");
    }

    @Test
    void refusesRecordsOutOfRange() {
        assertThatThrownBy(() -> RemapPolicy.of(RemapPolicyKind.TOP_P, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("p must be from 0 to 1, not NaN");
        assertThatThrownBy(() -> RemapPolicy.of(RemapPolicyKind.TOP_K, 0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("k must be a whole number, not 0.5");
    }

    private static int[] head(String policy, long... counts) {
        return RemapPolicy.parse(policy).headTokens(counts);
    }
}
