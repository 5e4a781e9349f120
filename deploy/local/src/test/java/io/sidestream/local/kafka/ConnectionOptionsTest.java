package io.sidestream.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sidestream.local.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ConnectionOptionsTest {

    @TempDir private Path folder;

    @Test
    void connectsToThisMachineByDefault() {
        Connection connection = parse();

        assertThat(connection.bootstrap()).isEqualTo("localhost:9092");
        assertThat(connection.properties()).isEmpty();
        assertThat(connection.topics().itemEmbeddings()).isEqualTo("item-embeddings");
    }

    @Test
    void passesPropertiesOnUntouched() {
        String jaas = "x.Module required username=\"a=b\" password=\"c, d;\";";

        Connection connection =
                parse(
                        "--kafka-property",
                        "sasl.jaas.config=" + jaas,
                        "--kafka-property=ssl.protocol=TLSv1.3");

        assertThat(connection.properties())
                .containsOnly(entry("sasl.jaas.config", jaas), entry("ssl.protocol", "TLSv1.3"));
    }

    @Test
    void prefersOptionsToTheFile() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("kafka.properties"),
                        """
                        # a comment
                        bootstrap.servers = one:1,two:2
                        client.id = file
                        security.protocol = SSL
                        """);

        Connection fromFile = parse("--kafka-config", file.toString());
        assertThat(fromFile.bootstrap()).isEqualTo("one:1,two:2");
        assertThat(fromFile.properties())
                .containsOnly(entry("client.id", "file"), entry("security.protocol", "SSL"));

        Connection overridden =
                parse(
                        "--kafka-config",
                        file.toString(),
                        "--bootstrap=three:3",
                        "--kafka-property=client.id=option");
        assertThat(overridden.bootstrap()).isEqualTo("three:3");
        assertThat(overridden.properties())
                .containsOnly(entry("client.id", "option"), entry("security.protocol", "SSL"));
    }

    @Test
    void namesTheFileThatItCannotRead() {
        String missing = folder.resolve("none.properties").toString();

        assertThatThrownBy(() -> parse("--kafka-config", missing))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(missing);
    }

    @Test
    void putsThePrefixBeforeEveryTopic() {
        assertThat(parse("--topic-prefix=shop1.").topics().updates("v1"))
                .isEqualTo("shop1.sid-updates.v1");
    }

    @Test
    void refusesAPrefixThatKafkaWouldRefuse() {
        assertThatThrownBy(() -> parse("--topic-prefix=a/b"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a/b");
    }

    private static Connection parse(String... arguments) {
        return CommandLine.populateCommand(new ConnectionOptions(), arguments).connection();
    }
}
