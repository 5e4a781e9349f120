package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PathSkewTest {

    @Test
    void ratesPathsAndTheirItems() {
        PathSkew skew = PathSkew.of(10, 6, 4, new int[] {4, 5, 6});

        assertThat(skew).isEqualTo(new PathSkew(10, 6, 4, 0.05, 0.4, 0.4));
    }

    @Test
    void ratesNothingWithoutItems() {
        assertThat(PathSkew.of(0, 0, 0, new int[] {4, 5}))
                .isEqualTo(new PathSkew(0, 0, 0, 0, 0, 0));
    }

    @Test
    void ratesTheOnlyItemAsASingleton() {
        assertThat(PathSkew.of(1, 1, 1, new int[] {4}))
                .isEqualTo(new PathSkew(1, 1, 1, 0.25, 0, 1));
    }

    @Test
    void countsMorePathsThanALongHolds() {
        int[] sizes = new int[8];
        Arrays.fill(sizes, 65_536);

        assertThat(PathSkew.of(8, 4, 0, sizes).utilization()).isEqualTo(0x1p-126);
    }

    @Test
    void keepsRatesInRangeWhilePathsAreAheadOfItems() {
        PathSkew skew = PathSkew.of(2, 3, 3, new int[] {10});

        assertThat(skew.collisionRate()).isZero();
        assertThat(skew.singletonRate()).isEqualTo(1);
    }
}
