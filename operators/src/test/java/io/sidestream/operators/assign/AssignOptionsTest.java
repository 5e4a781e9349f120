package io.sidestream.operators.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignOptionsTest {

    private final Configuration config = new Configuration();

    @Test
    void readsWhatIsConfigured() {
        config.setString("sidestream.assign.bundle-size", "32");
        config.setString("sidestream.assign.linger", "5 ms");

        assertThat(AssignOptions.from(config))
                .isEqualTo(new AssignOptions(32, Duration.ofMillis(5)));
    }

    @ParameterizedTest
    @CsvSource({
        "sidestream.assign.bundle-size, 0",
        "sidestream.assign.bundle-size, 65537",
        "sidestream.assign.bundle-size, many",
        "sidestream.assign.linger, 0 ms",
        "sidestream.assign.linger, soon"
    })
    void namesTheOptionThatIsNotUsable(String key, String value) {
        config.setString(key, value);

        assertThatThrownBy(() -> AssignOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }
}
