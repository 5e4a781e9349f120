package io.sidestream.operators.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepOptionsTest {

    private static final long MS = 1_000_000;

    @Test
    void givesASweepHalfOfABusySubtaskUnlessToldOtherwise() {
        assertThat(SweepOptions.from(new Configuration()))
                .isEqualTo(new SweepOptions(Duration.ofMillis(10), 0.5, 0));
    }

    @ParameterizedTest
    @CsvSource({"0.5, 10, 10", "0.25, 10, 30", "0.8, 20, 5", "1, 10, 0"})
    void leavesItsShareToTheInputWhileThereIsAny(double share, long slice, long pause) {
        SweepOptions options = new SweepOptions(Duration.ofMillis(10), share, 0);

        assertThat(options.pause(slice * MS, 100, true).toNanos() / 1e6)
                .isBetween(pause - 0.01, pause + 0.01);
        assertThat(options.pause(slice * MS, 100, false)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1_000, 100, 10, 90", "1_000, 10, 10, 0", "1_000, 5, 10, 0", "1, 60, 0, 60_000"})
    void pausesUntilItsLimitAllowsForTheItems(String limit, long items, long slice, String pause) {
        SweepOptions options =
                new SweepOptions(Duration.ofMillis(10), 1, Long.parseLong(limit.replace("_", "")));

        assertThat(options.pause(slice * MS, items, true))
                .isEqualTo(Duration.ofMillis(Long.parseLong(pause.replace("_", ""))));
    }

    @Test
    void takesTheLongerOfTheTwoPauses() {
        SweepOptions options = new SweepOptions(Duration.ofMillis(10), 0.5, 1_000);

        assertThat(options.pause(10 * MS, 100, true)).isEqualTo(Duration.ofMillis(90));
        assertThat(options.pause(10 * MS, 15, true)).isEqualTo(Duration.ofMillis(10));
    }

    @ParameterizedTest
    @CsvSource({
        "sidestream.sweep.slice, 0 ms",
        "sidestream.sweep.share, 0",
        "sidestream.sweep.share, 1.01",
        "sidestream.sweep.share, NaN",
        "sidestream.sweep.items-per-second, -1"
    })
    void namesTheOptionThatIsOutOfRange(String key, String value) {
        Configuration config = new Configuration();
        config.setString(key, value);

        assertThatThrownBy(() -> SweepOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }
}
