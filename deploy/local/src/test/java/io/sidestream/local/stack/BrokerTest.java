package io.sidestream.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.schema.Topics.CleanUp;
import io.sidestream.schema.Topics.Topic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerTest {

    @TempDir private Path folder;

    @Test
    void keepsItsTopicsWhenItIsKilledAndStartedAgain() throws Exception {
        try (DataDirectory data = DataDirectory.open(folder)) {
            int port;
            try (Broker broker = Broker.start(data, 0)) {
                port = portOf(broker);
                create(broker, "survivor");
                broker.requireRunning();

                broker.kill();

                assertThatThrownBy(broker::requireRunning)
                        .isInstanceOf(UserError.class)
                        .hasMessageContaining("the embedded Kafka broker has ended with status")
                        .hasMessageContaining("Last lines of " + data.kafkaLog());
            }
            try (Broker broker = Broker.start(data, port)) {
                assertThat(names(broker)).contains("survivor");
            }
        }
    }

    @Test
    void refusesAPortThatIsTaken() throws IOException {
        try (DataDirectory data = DataDirectory.open(folder);
                ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = other.getLocalPort();

            assertThat(Broker.portOrAny(port)).isZero();
            assertThatThrownBy(() -> Broker.start(data, port))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("port " + port)
                    .hasMessageContaining("--bootstrap-port");
        }
    }

    private static void create(Broker broker, String topic) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(Connection.to(broker.bootstrap()))) {
            admin.create(List.of(new Topic(topic, CleanUp.DELETE)), 1, 1);
        }
    }

    private static Iterable<String> names(Broker broker) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(Connection.to(broker.bootstrap()))) {
            return admin.names();
        }
    }

    private static int portOf(Broker broker) {
        return Integer.parseInt(broker.bootstrap().split(":")[1]);
    }
}
