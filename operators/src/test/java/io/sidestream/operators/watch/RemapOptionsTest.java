package io.sidestream.operators.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.operators.watch.RemapOptions.Mode;
import io.sidestream.sid.RemapPolicy;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemapOptionsTest {

    private final Configuration config = new Configuration();

    @Test
    void proposesToDropTheHeadOfTheSecondLayerUnlessToldOtherwise() {
        assertThat(RemapOptions.from(config))
                .isEqualTo(
                        new RemapOptions(
                                Mode.PROPOSE,
                                RemapPolicy.parse("top-p=0.85"),
                                2,
                                0.05,
                                0.3,
                                Duration.ofMinutes(10)));
    }

    @ParameterizedTest
    @CsvSource({
        "sidestream.remap.mode, AUTO",
        "sidestream.remap.policy, top-q=0.5",
        "sidestream.remap.layer, 0",
        "sidestream.remap.replan-above, -0.01",
        "sidestream.remap.churn-budget, NaN",
        "sidestream.remap.cooldown, soon"
    })
    void namesTheOptionThatIsNotUsable(String key, String value) {
        config.setString(key, value);

        assertThatThrownBy(() -> RemapOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }

    @Test
    void saysWhatModesThereAre() {
        config.setString("sidestream.remap.mode", "maybe");

        assertThatThrownBy(() -> RemapOptions.from(config))
                .hasMessageContaining("'maybe' is not one of auto, propose, off");
    }
}
