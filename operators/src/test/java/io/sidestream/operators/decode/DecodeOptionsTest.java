package io.sidestream.operators.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class DecodeOptionsTest {

    @Test
    void readsTheLongestIdLength() {
        Configuration config = new Configuration();
        assertThat(DecodeOptions.from(config).maxIdLength()).isEqualTo(512);

        config.setString("sidestream.items.max-id-length", "64");
        assertThat(DecodeOptions.from(config).maxIdLength()).isEqualTo(64);
    }

    @Test
    void namesTheOptionThatIsOutOfRange() {
        assertThatThrownBy(() -> new DecodeOptions(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.items.max-id-length is 0");
    }
}
