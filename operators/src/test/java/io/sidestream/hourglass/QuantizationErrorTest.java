package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuantizationErrorTest {

    @Test
    void comparesWhatIsLeftWithWhatWasToBeExpected() {
        assertThat(new QuantizationError(0.75, 0.5).ratio()).isEqualTo(1.5);
        assertThat(new QuantizationError(0.0, 0.5).ratio()).isZero();
    }

    @Test
    void hasNoRatioWhereEitherIsUnknownOrNothingIsExpected() {
        assertThat(new QuantizationError(null, 0.5).ratio()).isNull();
        assertThat(new QuantizationError(0.75, null).ratio()).isNull();
        assertThat(new QuantizationError(0.75, 0.0).ratio()).isNull();
    }
}
