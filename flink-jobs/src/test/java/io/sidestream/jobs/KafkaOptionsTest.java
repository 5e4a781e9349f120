package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        config.setString(
                "sidestream.kafka.properties.sasl.jaas.config", "password='hunter2'"); // masked

        assertThat(KafkaOptions.from(config).toString()).doesNotContain("hunter2", "jaas");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sidestream.kafka.properties: sasl.jaas.config:hunter2",
                "sidestream.kafka.properties: client.id:a,ssl.key.password:hunter2",
                "sidestream.kafka.properties.ssl.keystore.key: hunter2",
                "sidestream.kafka.properties.basic.auth.user.info: me:hunter2",
                "sidestream.kafka.properties.my.passphrase: hunter2"
            })
    void refusesASecretThatFlinkWouldShow(String option) {
        String[] parts = option.split(": ", 2);
        config.setString(parts[0], parts[1]);

        assertThatThrownBy(() -> KafkaOptions.from(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.kafka.config-file")
                .satisfies(e -> assertThat(e.toString()).doesNotContain("hunter2"));
    }

    @Test
    void readsSecretsFromAFile(@TempDir Path folder) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("kafka.properties"),
                        "ssl.keystore.key=hunter2\nclient.id=file\nbootstrap.servers=no:1\n");
        config.setString("sidestream.kafka.config-file", file.toString());
        config.setString("sidestream.kafka.properties.client.id", "option");

        KafkaOptions options = KafkaOptions.from(config);

        assertThat(options.clientProperties())
                .containsEntry("ssl.keystore.key", "hunter2")
                .containsEntry("client.id", "option")
                .containsEntry("bootstrap.servers", "localhost:9092");
        assertThat(options.toString()).doesNotContain("hunter2");
        assertThat(config.toString()).doesNotContain("hunter2");
    }

    @Test
    void citesNothingOfAFileThatCannotBeRead(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("x"), "secret=hunter2\\uZZZZ");
        for (String path : new String[] {file.toString(), folder.toString(), "/no/such"}) {
            config.setString("sidestream.kafka.config-file", path);

            assertThatThrownBy(() -> KafkaOptions.from(config))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(path)
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
        }
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
