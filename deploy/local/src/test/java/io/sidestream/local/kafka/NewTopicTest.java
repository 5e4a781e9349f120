package io.sidestream.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestingKafka.class)
class NewTopicTest {

    private static final int ROUNDS = 5;
    private static final int PARTITIONS = 12;
    private static final int RECORDS = 4000;

    /**
     * Many batches are in flight: a leader that refuses the first ones, because it is not ready,
     * and then takes a later one would never take the first ones again.
     */
    @Test
    void takesEveryRecordThatIsSentTheMomentItIsMade(Connection given) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Connection connection = withPrefix(given, "round%d.".formatted(round));
            try (TopicAdmin admin = TopicAdmin.connect(connection)) {
                admin.create(connection.topics().fixed(), PARTITIONS, 1);
            }
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            try (Producer<byte[], byte[]> producer =
                    connection.producer(Map.of(ProducerConfig.LINGER_MS_CONFIG, "0"))) {
                for (int record = 0; record < RECORDS; record++) {
                    byte[] key = ByteBuffer.allocate(Integer.BYTES).putInt(record).array();
                    sent.add(
                            producer.send(
                                    new ProducerRecord<>(
                                            connection.topics().itemEmbeddings(), key, key)));
                }
            }
            assertThat(sent).allSatisfy(future -> assertThat(future.get().hasOffset()).isTrue());
        }
    }

    private static Connection withPrefix(Connection given, String prefix) {
        return new Connection(
                given.bootstrap(), Map.of(), new Topics(given.topics().prefix() + prefix));
    }
}
