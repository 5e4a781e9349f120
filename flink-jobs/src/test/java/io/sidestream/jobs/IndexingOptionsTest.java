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
        "sidestream.sid.text.token-template, <a>",
        "sidestream.watch.combine-interval, 0 s",
        "sidestream.watch.interval, 0 s",
        "sidestream.watch.window, 29 ms",
        "sidestream.alerts.rules, gini@2 > many",
        "sidestream.alerts.consecutive, 0",
        "sidestream.alerts.minimum-items, 0",
        "sidestream.alerts.cooldown, -1 s",
        "sidestream.remap.mode, maybe",
        "sidestream.remap.policy, top-p=2",
        "sidestream.remap.layer, 0",
        "sidestream.remap.replan-above, 1.1",
        "sidestream.remap.churn-budget, -0.1",
        "sidestream.remap.cooldown, never",
        "sidestream.sweep.slice, 0 s",
        "sidestream.sweep.share, 0",
        "sidestream.sweep.items-per-second, -1"
    })
    void namesTheOptionThatIsNotUsable(String key, String value) {
        Configuration config = new Configuration();
        config.setString(key, value);

        assertThatThrownBy(() -> IndexingOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }
}
