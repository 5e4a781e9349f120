package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaOptionsTest {

    private final Configuration config = new Configuration();

    @Test
    void readsWhatIsConfigured() {
        config.setString("sidestream.kafka.bootstrap", "broker:9093");
        config.setString("sidestream.topics.prefix", "shop1.");
        config.setString("sidestream.kafka.group-id", "group");
        config.setString("sidestream.kafka.transactional-id-prefix", "tx");
        config.setString("sidestream.kafka.transaction-timeout", "5 min");
        config.setString("sidestream.kafka.properties.security.protocol", "SASL_SSL");

        KafkaOptions options = KafkaOptions.from(config);

        assertThat(options.bootstrap()).isEqualTo("broker:9093");
        assertThat(options.topics().codebooks()).isEqualTo("shop1.sid-codebooks");
        assertThat(options.groupId()).isEqualTo("group");
        assertThat(options.transactionalIdPrefix()).isEqualTo("tx");
        assertThat(options.transactionTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(options.clientProperties())
                .containsOnly(
                        Map.entry("bootstrap.servers", "broker:9093"),
                        Map.entry("security.protocol", "SASL_SSL"));
    }

    @Test
    void showsNoClientSetting() {
        config.set(KafkaOptions.PROPERTIES, Map.of("sasl.jaas.config", "password='hunter2'"));

        assertThat(KafkaOptions.from(config).toString()).doesNotContain("hunter2", "jaas");
    }

    @Test
    void showsNoClientSettingWhenTheyCannotBeRead() {
        config.setString("sidestream.kafka.properties", "sasl.jaas.config password='hunter2'");

        assertThatThrownBy(() -> KafkaOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.kafka.properties")
                .satisfies(
                        e -> {
                            for (Throwable t = e; t != null; t = t.getCause()) {
                                assertThat(t.toString()).doesNotContain("hunter2");
                            }
                        });
    }

    @ParameterizedTest
    @CsvSource({
        "sidestream.kafka.bootstrap, ' '",
        "sidestream.topics.prefix, shop/1",
        "sidestream.kafka.group-id, ' '",
        "sidestream.kafka.transactional-id-prefix, ' '",
        "sidestream.kafka.transaction-timeout, soon",
        "sidestream.kafka.transaction-timeout, 0 s",
        "sidestream.kafka.transaction-timeout, 100 d"
    })
    void namesTheOptionThatIsNotUsable(String key, String value) {
        config.setString(key, value);

        assertThatThrownBy(() -> KafkaOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }
}
