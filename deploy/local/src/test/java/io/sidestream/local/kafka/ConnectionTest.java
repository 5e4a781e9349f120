package io.sidestream.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.schema.Topics;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConnectionTest {

    @Test
    void neverPrintsTheValuesOfProperties() {
        Connection connection = with(Map.of("sasl.jaas.config", "topsecret", "b", "alsosecret"));

        assertThat(connection.toString())
                .contains("localhost:1", "sasl.jaas.config")
                .doesNotContain("secret");
    }

    @Test
    void saysWhichSettingIsWrong() {
        Connection connection = with(Map.of("receive.buffer.bytes", "many"));

        assertThatThrownBy(connection::admin)
                .isInstanceOf(UserError.class)
                .hasMessageContaining("localhost:1")
                .hasMessageContaining("receive.buffer.bytes")
                .hasMessageContaining("many");
    }

    @Test
    void hidesSecretsThatKafkaCites() {
        Connection connection =
                with(
                        Map.of(
                                "security.protocol",
                                "SASL_PLAINTEXT",
                                "sasl.mechanism",
                                "PLAIN",
                                "sasl.jaas.config",
                                "Module \"letmein\" required;"));

        assertThatThrownBy(connection::admin)
                .isInstanceOf(UserError.class)
                .hasMessageContaining("JAAS")
                .hasMessageNotContaining("letmein");
    }

    @Test
    void givesUpWhenNoBrokerAnswers() {
        assertThatThrownBy(() -> TopicAdmin.connect(with(Map.of()), Duration.ofMillis(300)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no Kafka broker answers at localhost:1")
                .hasMessageContaining("--bootstrap");
    }

    private static Connection with(Map<String, String> properties) {
        return new Connection("localhost:1", properties, new Topics(""));
    }
}
