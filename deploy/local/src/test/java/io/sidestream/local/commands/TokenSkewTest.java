package io.sidestream.local.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenSkewTest {

    @Test
    void knowsAnEvenSpread() {
        TokenSkew skew = new TokenSkew(new long[] {5, 5, 5, 5});

        assertThat(skew.entropyRatio()).isCloseTo(1, within(1e-12));
        assertThat(skew.perplexity()).isCloseTo(4, within(1e-12));
        assertThat(skew.gini()).isCloseTo(0, within(1e-12));
        assertThat(skew.maxShare()).isEqualTo(0.25);
        assertThat(skew.deadTokens()).isZero();
    }

    @Test
    void knowsASingleUsedToken() {
        TokenSkew skew = new TokenSkew(new long[] {0, 9, 0, 0});

        assertThat(skew.entropyRatio()).isZero();
        assertThat(skew.perplexity()).isEqualTo(1);
        assertThat(skew.gini()).isCloseTo(0.75, within(1e-12)); // (K - 1) / K
        assertThat(skew.maxShare()).isEqualTo(1);
        assertThat(skew.deadTokens()).isEqualTo(3);
    }

    @Test
    void agreesWithTheMeanDifferenceOfAllPairs() {
        long[] counts = new Random(3).longs(50, 0, 1000).toArray();

        double differences = 0;
        double sum = 0;
        for (long one : counts) {
            sum += one;
            for (long other : counts) {
                differences += Math.abs(one - other);
            }
        }

        assertThat(new TokenSkew(counts).gini())
                .isCloseTo(differences / (2 * counts.length * sum), within(1e-12));
    }

    @Test
    void isDefinedAtItsEdges() {
        assertThat(new TokenSkew(new long[] {7}).entropyRatio()).isEqualTo(1);
        TokenSkew empty = new TokenSkew(new long[] {0, 0});
        assertThat(empty.entropy()).isZero();
        assertThat(empty.maxShare()).isZero();
    }
}
