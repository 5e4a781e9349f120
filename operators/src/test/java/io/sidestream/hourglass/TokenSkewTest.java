package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenSkewTest {

    private static final Percentage ROUNDING = Percentage.withPercentage(1e-10);

    @Test
    void knowsAnEvenSpread() {
        assertThat(TokenSkew.of(new long[] {5, 5, 5, 5}))
                .isEqualTo(
                        new TokenSkew(
                                20, 4, Math.log(4), 1, Math.exp(Math.log(4)), 0, 0, 0, 0.25, 0));
    }

    @Test
    void knowsASpreadComputedByHand() {
        TokenSkew skew = TokenSkew.of(new long[] {2, 0, 1, 1});

        assertThat(skew.entropy()).isCloseTo(1.5 * Math.log(2), within(1e-15));
        assertThat(skew.entropyRatio()).isCloseTo(0.75, within(1e-15));
        assertThat(skew.perplexity()).isCloseTo(Math.sqrt(8), within(1e-15));
        assertThat(skew.gini()).isEqualTo(0.375); // 5/4 - 2 (4*0 + 3*1 + 2*1 + 1*2) / 16
        assertThat(skew.std()).isCloseTo(Math.sqrt(0.5), within(1e-15));
        assertThat(skew.coefficientOfVariation()).isCloseTo(Math.sqrt(0.5), within(1e-15));
        assertThat(skew.maxShare()).isEqualTo(0.5);
        assertThat(skew.deadCodes()).isEqualTo(1);
    }

    @Test
    void knowsAllItemsOnOneToken() {
        TokenSkew skew = TokenSkew.of(new long[] {0, 9, 0, 0});

        assertThat(1 / skew.entropy()).isEqualTo(Double.POSITIVE_INFINITY); // 0 and not -0
        assertThat(skew.entropyRatio()).isZero();
        assertThat(skew.perplexity()).isEqualTo(1);
        assertThat(skew.gini()).isEqualTo(0.75); // (K - 1) / K
        assertThat(skew.coefficientOfVariation()).isCloseTo(Math.sqrt(3), within(1e-15));
        assertThat(skew.maxShare()).isEqualTo(1);
        assertThat(skew.deadCodes()).isEqualTo(3);
    }

    @Test
    void isDefinedWithoutItems() {
        assertThat(TokenSkew.of(new long[3]))
                .isEqualTo(new TokenSkew(0, 3, 0, 0, 1, 0, 0, 0, 0, 3));
        assertThat(TokenSkew.of(new long[1]))
                .isEqualTo(new TokenSkew(0, 1, 0, 0, 1, 0, 0, 0, 0, 1));
    }

    @Test
    void isEvenOnASingleToken() {
        assertThat(TokenSkew.of(new long[] {7}))
                .isEqualTo(new TokenSkew(7, 1, 0, 1, 1, 0, 0, 0, 1, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 50, 257})
    void agreesWithOtherFormulas(int tokens) {
        Random random = new Random(tokens);
        for (int round = 0; round < 20; round++) {
            long[] counts = longTail(tokens, 1_000, random);
            counts[random.nextInt(tokens)] += 1; // so that there are items

            double items = 0;
            double largest = 0;
            double logs = 0;
            double differences = 0;
            double squares = 0;
            for (long one : counts) {
                items += one;
                largest = Math.max(largest, (double) one);
                logs += one == 0 ? 0 : one * Math.log((double) one);
                for (long other : counts) {
                    differences += Math.abs(one - other);
                    squares += (double) (one - other) * (one - other);
                }
            }
            TokenSkew skew = TokenSkew.of(counts);

            assertThat(skew.items()).isEqualTo((long) items);
            assertThat(skew.tokens()).isEqualTo(tokens);
            double entropy = Math.log(items) - logs / items;
            assertThat(skew.entropy()).isCloseTo(entropy, within(1e-12));
            if (tokens > 1) {
                assertThat(skew.entropyRatio())
                        .isCloseTo(entropy / Math.log(tokens), within(1e-12));
            }
            assertThat(skew.perplexity()).isCloseTo(Math.exp(entropy), ROUNDING);
            // the mean difference and the mean square difference of all pairs
            assertThat(skew.gini()).isCloseTo(differences / (2 * tokens * items), within(1e-12));
            double std = Math.sqrt(squares / 2) / tokens;
            assertThat(skew.std()).isCloseTo(std, ROUNDING);
            assertThat(skew.coefficientOfVariation()).isCloseTo(std * tokens / items, ROUNDING);
            assertThat(skew.maxShare()).isEqualTo(largest / items);
            assertThat(skew.deadCodes())
                    .isEqualTo((int) Arrays.stream(counts).filter(count -> count == 0).count());
        }
    }

    /** Against exact arithmetic: double sums in a bad order would lose what is asked for. */
    @Test
    void staysAccurateForManyTokensOfHugeCounts() {
        int tokens = 65_536;
        long[] counts = new Random(5).longs(tokens, 0, 1_000_000_000_000L).toArray();
        counts[17] = 40_000_000_000_000L;
        long[] ascending = counts.clone();
        Arrays.sort(ascending);
        BigInteger items = BigInteger.ZERO;
        BigInteger weighted = BigInteger.ZERO;
        BigInteger squares = BigInteger.ZERO;
        for (int i = 0; i < tokens; i++) {
            BigInteger count = BigInteger.valueOf(ascending[i]);
            items = items.add(count);
            weighted = weighted.add(count.multiply(BigInteger.valueOf(tokens - i)));
            squares = squares.add(count.multiply(count));
        }
        BigDecimal k = BigDecimal.valueOf(tokens);
        BigDecimal n = new BigDecimal(items);
        double gini =
                k.add(BigDecimal.ONE)
                        .divide(k, MathContext.DECIMAL128)
                        .subtract(
                                new BigDecimal(weighted)
                                        .multiply(BigDecimal.valueOf(2))
                                        .divide(k.multiply(n), MathContext.DECIMAL128))
                        .doubleValue();
        double std =
                new BigDecimal(squares)
                        .multiply(k)
                        .subtract(n.multiply(n))
                        .sqrt(MathContext.DECIMAL128)
                        .divide(k, MathContext.DECIMAL128)
                        .doubleValue();

        TokenSkew skew = TokenSkew.of(counts);

        assertThat(skew.gini()).isCloseTo(gini, within(1e-12));
        assertThat(skew.std()).isCloseTo(std, ROUNDING);
        assertThat(skew.items()).isEqualTo(items.longValueExact());
    }

    @Test
    void staysAccurateForManyTokensOfOneCount() {
        long[] counts = new long[65_536];
        Arrays.fill(counts, 1_000_000_000_000L);

        TokenSkew skew = TokenSkew.of(counts);

        assertThat(skew.entropy()).isCloseTo(16 * Math.log(2), within(1e-12));
        assertThat(skew.entropyRatio()).isCloseTo(1, within(1e-12));
        assertThat(skew.gini()).isZero();
        assertThat(skew.std()).isZero();

        counts[0] -= 1; // variance (K - 1) / K²
        assertThat(TokenSkew.of(counts).std()).isCloseTo(Math.sqrt(65_535) / 65_536, ROUNDING);
    }

    @Test
    void doesNotDependOnTheOrderOfTokens() {
        Random random = new Random(6);
        long[] counts = longTail(300, 1_000_000, random);
        TokenSkew skew = TokenSkew.of(counts);
        for (int round = 0; round < 20; round++) {
            for (int i = counts.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                long swapped = counts[i];
                counts[i] = counts[j];
                counts[j] = swapped;
            }
            assertThat(TokenSkew.of(counts)).isEqualTo(skew);
        }
    }

    @Test
    void leavesTheCountsAlone() {
        long[] counts = {3, 1, 2};

        TokenSkew.of(counts);

        assertThat(counts).containsExactly(3, 1, 2);
    }

    @Test
    void refusesWhatAreNoCounts() {
        assertThatThrownBy(() -> TokenSkew.of(new long[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one token");
        assertThatThrownBy(() -> TokenSkew.of(new long[] {1, -2}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Token 1 has a negative count: -2");
    }

    private static long[] longTail(int tokens, long scale, Random random) {
        long[] counts = new long[tokens];
        for (int token = 0; token < tokens; token++) {
            counts[token] = (long) (scale * Math.pow(random.nextDouble(), 8));
        }
        return counts;
    }
}
