package io.sidestream.operators.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.hourglass.AlertRule;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchOptionsTest {

    private final Configuration config = new Configuration();

    @Test
    void watchesTheSecondLayerUnlessToldOtherwise() {
        WatchOptions options = WatchOptions.from(config);

        assertThat(options.interval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.window()).isEqualTo(Duration.ofMinutes(10));
        assertThat(options.alerts().rules())
                .containsExactly(
                        AlertRule.parse("entropy_ratio@2 < 0.8 until 0.85"),
                        AlertRule.parse("gini@2 > 0.6 until 0.5"));
    }

    @Test
    void alertsOnNothingWithoutRules() {
        config.set(WatchOptions.RULES, "");

        assertThat(WatchOptions.from(config).alerts().rules()).isEmpty();
    }

    @Test
    void dividesTheWindowIntoSlices() {
        config.setString("sidestream.watch.window", "60 s");
        WatchOptions options = WatchOptions.from(config);

        assertThat(options.slice(1_700_000_000_000L)).isEqualTo(1_700_000_000_000L);
        assertThat(options.slice(1_700_000_001_999L)).isEqualTo(1_700_000_000_000L);
        assertThat(options.slice(1_700_000_002_000L)).isEqualTo(1_700_000_002_000L);
    }

    @ParameterizedTest
    @CsvSource({
        "sidestream.watch.interval, 0 ms",
        "sidestream.watch.window, 29 ms",
        "sidestream.alerts.rules, sadness@2 > 0.6",
        "sidestream.alerts.consecutive, 0",
        "sidestream.alerts.minimum-items, 0"
    })
    void namesTheOptionThatIsNotUsable(String key, String value) {
        config.setString(key, value);

        assertThatThrownBy(() -> WatchOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }
}
