package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlertPolicyTest {

    @Test
    void mayBeEager() {
        assertThatCode(() -> new AlertPolicy(List.of(), 1, 1, Duration.ZERO))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertThatThrownBy(() -> new AlertPolicy(List.of(), 0, 1, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Alerts: consecutive evaluations must be at least 1, not 0");
        assertThatThrownBy(() -> new AlertPolicy(List.of(), 1, 0, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Alerts: minimum items must be at least 1, not 0");
        assertThatThrownBy(() -> new AlertPolicy(List.of(), 1, 1, Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Alerts: the cooldown must not be negative, not PT-0.001S");
    }
}
