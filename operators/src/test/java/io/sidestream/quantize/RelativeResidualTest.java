package io.sidestream.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RelativeResidualTest {

    private static final int ONE = 1 << 30;

    @Test
    void isTheRatioOfTheNormsInFixedPoint() {
        assertThat(RelativeResidual.of(1, 1)).isEqualTo(ONE);
        assertThat(RelativeResidual.of(1, 4)).isEqualTo(ONE / 2);
        assertThat(RelativeResidual.of(9, 4)).isEqualTo(ONE / 2 * 3);
        assertThat(RelativeResidual.of(0, 4)).isZero();
        assertThat(RelativeResidual.of(1e-300, 1e-300)).isEqualTo(ONE);
    }

    @Test
    void hasAnAnswerForEveryEmbedding() {
        assertThat(RelativeResidual.of(0, 0)).isZero();
        for (int largest :
                new int[] {
                    RelativeResidual.of(1, 0),
                    RelativeResidual.of(16, 1),
                    RelativeResidual.of(Double.POSITIVE_INFINITY, 1),
                    RelativeResidual.of(Double.MAX_VALUE, Double.MIN_VALUE)
                }) {
            assertThat(Integer.toUnsignedLong(largest)).isEqualTo(0xFFFF_FFFFL);
        }
        assertThat(Integer.toUnsignedLong(RelativeResidual.of(15.9, 1))).isLessThan(0xFFFF_FFFFL);
    }

    @Test
    void takesAwayExactlyWhatWasAddedInAnyOrder() {
        Random random = new Random(4);
        int[] residuals = random.ints(1_000).toArray(); // half of them above 2, which is negative
        long sum = 0;
        for (int residual : residuals) {
            sum = RelativeResidual.add(sum, residual);
        }
        assertThat(sum).isPositive();
        for (int i = residuals.length - 1; i >= 0; i--) {
            sum = RelativeResidual.subtract(sum, residuals[i]);
        }
        assertThat(sum).isZero();
    }

    @Test
    void givesTheMeanBack() {
        long sum = 0;
        sum = RelativeResidual.add(sum, RelativeResidual.of(1, 4));
        sum = RelativeResidual.add(sum, RelativeResidual.of(4, 1));
        sum = RelativeResidual.add(sum, RelativeResidual.of(9, 1));

        assertThat(RelativeResidual.mean(sum, 3)).isCloseTo(5.5 / 3, within(1e-9));
    }
}
