package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackfillOptionsTest {

    private final Configuration config = new Configuration();

    @Test
    void goesAsFastAsItCanUnlessToldOtherwise() {
        config.set(BackfillOptions.VERSION, "v2");

        assertThat(BackfillOptions.from(config))
                .isEqualTo(new BackfillOptions("v2", 0, Duration.ofMinutes(1), false));
    }

    @Test
    void readsEveryOptionByItsKey() {
        config.setString("sidestream.backfill.version", "v2");
        config.setString("sidestream.backfill.items-per-second", "2.5");
        config.setString("sidestream.backfill.live-timeout", "0 s");
        config.setString("sidestream.backfill.again", "true");

        assertThat(BackfillOptions.from(config))
                .isEqualTo(new BackfillOptions("v2", 2.5, Duration.ZERO, true));
    }

    @ParameterizedTest
    @CsvSource({
        "sidestream.backfill.version, ' '",
        "sidestream.backfill.items-per-second, -1",
        "sidestream.backfill.items-per-second, NaN",
        "sidestream.backfill.items-per-second, Infinity",
        "sidestream.backfill.live-timeout, -1 s"
    })
    void namesTheOptionThatIsNotUsable(String key, String value) {
        config.set(BackfillOptions.VERSION, "v2");
        config.setString(key, value);

        assertThatThrownBy(() -> BackfillOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }

    @Test
    void asksForTheVersion() {
        assertThatThrownBy(() -> BackfillOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.backfill.version is empty");
    }
}
