package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriftTest {

    @Test
    void isZeroBetweenEqualShares() {
        long[] reference = {1_000, 0, 7_000};

        Drift same = Drift.between(reference, reference);
        assertThat(same.jensenShannon()).isZero();
        assertThat(same.psi()).isZero();
        Drift scaled = Drift.between(new long[] {3_000, 0, 21_000}, reference);
        assertThat(scaled.jensenShannon()).isZero();
        assertThat(scaled.psi()).isCloseTo(0, within(1e-3)); // smoothing tells the sizes apart
    }

    @Test
    void isGreatestBetweenCountsWithoutATokenInCommon() {
        Drift drift = Drift.between(new long[] {4, 0, 0}, new long[] {0, 2, 2});

        assertThat(drift.jensenShannon()).isCloseTo(Math.sqrt(Math.log(2)), within(1e-15));
        assertThat(drift.jensenShannonExpected()).isLessThanOrEqualTo(Math.sqrt(Math.log(2)));
    }

    /** p = (1/2, 1/2, 0), q = (1/4, 1/2, 1/4). */
    @Test
    void knowsADriftComputedByHand() {
        Drift drift = Drift.between(new long[] {2, 2, 0}, new long[] {1, 2, 1});

        double divergence =
                (0.5 * Math.log(4 / 3.0) + 0.25 * Math.log(2 / 3.0) + 0.25 * Math.log(2)) / 2;
        assertThat(drift.jensenShannon()).isCloseTo(Math.sqrt(divergence), within(1e-15));
        double psi =
                (2.5 - 1.5) / 5.5 * Math.log(2.5 / 1.5) + (0.5 - 1.5) / 5.5 * Math.log(0.5 / 1.5);
        assertThat(drift.psi()).isCloseTo(psi, within(1e-15));
        assertThat(drift.psiExpected()).isEqualTo(2 * (1 / 4.0 + 1 / 4.0));
        assertThat(drift.jensenShannonExpected()).isEqualTo(Math.sqrt(2 * (1 / 2.0) / 8));
    }

    /** The divergence is also the entropy of the mixture less the mean of the entropies. */
    @Test
    void agreesWithEntropiesOfTheMixture() {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            long[] live = random.longs(40, 0, 100).toArray();
            long[] reference = random.longs(40, 0, 100).map(n -> n < 50 ? 0 : n * n).toArray();
            double[] p = shares(live);
            double[] q = shares(reference);
            double[] middle = new double[p.length];
            Arrays.setAll(middle, token -> (p[token] + q[token]) / 2);

            Drift drift = Drift.between(live, reference);

            assertThat(drift.jensenShannon())
                    .isCloseTo(
                            Math.sqrt(entropy(middle) - (entropy(p) + entropy(q)) / 2),
                            within(1e-12));
            assertThat(Drift.between(reference, live).jensenShannon())
                    .isCloseTo(drift.jensenShannon(), within(1e-15));
            assertThat(Drift.between(reference, live).psi()).isCloseTo(drift.psi(), within(1e-12));
        }
    }

    /** To second order it is Σ (p - q)² / (8 m); plain logarithms would lose it to rounding. */
    @Test
    void seesTheSmallestDrift() {
        long[] live = {1_000_000_001L, 999_999_999L};
        long[] reference = {1_000_000_000L, 1_000_000_000L};

        assertThat(Drift.between(live, reference).jensenShannon())
                .isCloseTo(
                        Math.sqrt(2 * Math.pow(0.5e-9, 2) / (8 * 0.5)),
                        Percentage.withPercentage(1e-4));
    }

    @ParameterizedTest
    @CsvSource({
        // tokens, tail, live items, reference items
        "64, 0, 6400, 6400",
        "64, 0, 6400, 640000",
        "256, 0.5, 25600, 51200",
        "256, 1, 256000, 256000",
        "256, 1, 51200, 512000",
        "1024, 0.5, 102400, 204800",
    })
    void expectsWhatTwoSamplesOfOneDistributionShow(
            int tokens, double tail, int liveItems, int referenceItems) {
        Means means = simulate(tokens, tail, liveItems, referenceItems);

        assertThat(means.jensenShannon).isCloseTo(means.jensenShannonExpected, percent(6));
        assertThat(means.psi).isCloseTo(means.psiExpected, percent(8));
    }

    /** Most tokens of the tail have no items at all: they may not count as noise. */
    @ParameterizedTest
    @CsvSource({"256, 2, 2560", "4096, 2, 40960", "4096, 2, 409600", "4096, 1, 8192"})
    void expectsTheRightMagnitudeFromLongTails(int tokens, double tail, int items) {
        Means means = simulate(tokens, tail, items, items);

        assertThat(means.jensenShannon).isCloseTo(means.jensenShannonExpected, percent(18));
        assertThat(means.psi).isBetween(means.psiExpected * 0.5, means.psiExpected * 1.1);
    }

    @Test
    void refusesCountsThatCannotBeCompared() {
        assertThatThrownBy(() -> Drift.between(new long[] {1, 2}, new long[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The live counts are of 2 tokens, the reference counts of 3");
        assertThatThrownBy(() -> Drift.between(new long[2], new long[] {1, 2}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the live counts have none");
        assertThatThrownBy(() -> Drift.between(new long[] {1, 2}, new long[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the reference counts have none");
    }

    private record Means(
            double jensenShannon, double jensenShannonExpected, double psi, double psiExpected) {}

    /** Draws pairs of samples of one distribution, the k-th token's share being k^-tail. */
    private static Means simulate(int tokens, double tail, int liveItems, int referenceItems) {
        int rounds = 12;
        Random random = new Random(11);
        double[] cumulative = new double[tokens];
        double sum = 0;
        for (int token = 0; token < tokens; token++) {
            sum += Math.pow(token + 1, -tail);
            cumulative[token] = sum;
        }
        Drift[] drifts = new Drift[rounds];
        for (int round = 0; round < rounds; round++) {
            drifts[round] =
                    Drift.between(
                            sample(cumulative, liveItems, random),
                            sample(cumulative, referenceItems, random));
        }
        return new Means(
                Arrays.stream(drifts).mapToDouble(Drift::jensenShannon).average().orElseThrow(),
                Arrays.stream(drifts)
                        .mapToDouble(Drift::jensenShannonExpected)
                        .average()
                        .orElseThrow(),
                Arrays.stream(drifts).mapToDouble(Drift::psi).average().orElseThrow(),
                Arrays.stream(drifts).mapToDouble(Drift::psiExpected).average().orElseThrow());
    }

    private static long[] sample(double[] cumulative, int items, Random random) {
        long[] counts = new long[cumulative.length];
        double total = cumulative[cumulative.length - 1];
        for (int item = 0; item < items; item++) {
            int at = Arrays.binarySearch(cumulative, random.nextDouble() * total);
            counts[at >= 0 ? at : -at - 1]++;
        }
        return counts;
    }

    private static double[] shares(long[] counts) {
        double items = LongStream.of(counts).sum();
        return LongStream.of(counts).mapToDouble(count -> count / items).toArray();
    }

    private static double entropy(double[] shares) {
        return Arrays.stream(shares).filter(p -> p > 0).map(p -> -p * Math.log(p)).sum();
    }

    private static Percentage percent(double value) {
        return Percentage.withPercentage(value);
    }
}
