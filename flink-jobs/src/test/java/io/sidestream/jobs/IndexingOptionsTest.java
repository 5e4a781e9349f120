package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IndexingOptionsTest {

    @ParameterizedTest
    @CsvSource({
        "sidestream.items.max-id-length, -1",
        "sidestream.assign.bundle-size, 0",
        "sidestream.assign.linger, never",
        "sidestream.index.buckets, -5",
        "sidestream.sid.disambiguation, maybe",
        "sidestream.sid.text.token-template, <a>"
    })
    void namesTheOptionThatIsNotUsable(String key, String value) {
        Configuration config = new Configuration();
        config.setString(key, value);

        assertThatThrownBy(() -> IndexingOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }
}
