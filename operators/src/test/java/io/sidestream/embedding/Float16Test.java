package io.sidestream.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Float16Test {

    @Test
    void widensEveryNumberToWhatItsFieldsSay() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = bits >> 10 & 31;
            if (exponent == 31) {
                continue;
            }
            double fraction = (bits & 1023) / 1024.0;
            double magnitude =
                    exponent == 0
                            ? fraction * Math.pow(2, -14)
                            : (1 + fraction) * Math.pow(2, exponent - 15);
            float expected = (float) (bits >= 1 << 15 ? -magnitude : magnitude);
            assertThat(Float16.toFloat((short) bits)).as("bits %x", bits).isEqualTo(expected);
        }
    }

    @Test
    void keepsInfinitiesAndNaN() {
        assertThat(Float16.toFloat((short) 0x7c00)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Float16.toFloat((short) 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Float16.toFloat((short) 0x7e01)).isNaN();
    }
}
