package io.sidestream.operators.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.operators.Buckets;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class IndexOptionsTest {

    private final Configuration config = new Configuration();

    @Test
    void spreadsOverTwoToTheSixteenBucketsUnlessToldOtherwise() {
        assertThat(IndexOptions.from(config)).isEqualTo(new Buckets(65_536));

        config.setString("sidestream.index.buckets", "1024");
        assertThat(IndexOptions.from(config)).isEqualTo(new Buckets(1_024));
    }

    @Test
    void namesTheOptionThatIsOutOfRange() {
        config.setString("sidestream.index.buckets", "0");

        assertThatThrownBy(() -> IndexOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.index.buckets is 0");
    }
}
