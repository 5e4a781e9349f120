package io.sidestream.local.kafka;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.alert;
import static io.sidestream.local.kafka.TestingHourglass.plan;
import static io.sidestream.local.kafka.TestingHourglass.send;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static io.sidestream.local.kafka.TestingHourglass.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.Topics.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the job says of skew and plans, read from a real broker. */
@ExtendWith(TestingKafka.class)
class HourglassKafkaTest {

    private static final Duration SOON = Duration.ofMinutes(5);

    @Test
    void followsReportsAndAlerts(Connection connection) throws Exception {
        createTopics(connection);
        String topic = connection.topics().hourglass();
        HourglassReport first = standing("v1", AT, new long[] {1, 2});
        HourglassReport second = standing("v1", AT.plusSeconds(1), new long[] {1, 3});
        HourglassAlert opened = alert("v1", "a", AlertState.OPENED, AT, 0.5);
        send(connection, topic, "v1", first, opened);

        try (HourglassLog log = HourglassLog.follow(connection)) {
            assertThat(log.latest("v1", ReportScope.STANDING)).contains(first);
            assertThat(log.openAlerts("v1")).containsExactly(opened);

            send(connection, topic, "v1", plan("v1", 1, AT), second);
            assertThat(log.poll(SOON)).isTrue();
            assertThat(log.latest("v1", ReportScope.STANDING)).contains(second);
            assertThat(log.versions()).containsExactly("v1");
        }

        List<Object> all = new ArrayList<>();
        HourglassLog.read(
                connection,
                new HourglassLog.Sink() {
                    @Override
                    public void report(HourglassReport report) {
                        all.add(report);
                    }

                    @Override
                    public void alert(HourglassAlert alert) {
                        all.add(alert);
                    }
                });
        assertThat(all).containsExactly(first, opened, second);
    }

    @Test
    void saysWhereAReportIsDamaged(Connection connection) throws Exception {
        createTopics(connection);
        byte[] report = TestingHourglass.bytes(standing("v1", AT, new long[] {1, 2}));
        try (Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            producer.send(
                            new ProducerRecord<>(
                                    connection.topics().hourglass(),
                                    "v1".getBytes(UTF_8),
                                    Arrays.copyOf(report, report.length - 2)))
                    .get();
        }

        assertThatThrownBy(() -> HourglassLog.follow(connection))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(connection.topics().hourglass())
                .hasMessageContaining("offset 0");
    }

    @Test
    void followsPlans(Connection connection) throws Exception {
        createTopics(connection);
        String topic = connection.topics().remaps();
        send(connection, topic, "v1", plan("v1", 1, AT, 3));

        try (RemapLog log = RemapLog.follow(connection)) {
            assertThat(log.plan("v1", 1).orElseThrow().status()).isEqualTo(PlanStatus.PLANNED);

            send(connection, topic, "v1", status("v1", 1, PlanStatus.APPLIED, AT, 5, 1));
            assertThat(log.poll(SOON)).isTrue();
            assertThat(log.plans())
                    .isEqualTo(RemapLog.read(connection))
                    .extracting(PlanLife::status)
                    .containsExactly(PlanStatus.APPLIED);
        }
    }

    @Test
    void insistsOnTheTopics(Connection connection) {
        assertThatThrownBy(() -> HourglassLog.follow(connection))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("topics create");
        assertThatThrownBy(() -> RemapLog.read(connection))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("topics create");
    }

    @Test
    void measuresWhatGoesInAndOut(Connection connection) throws Exception {
        createTopics(connection);
        String input = connection.topics().itemEmbeddings();
        String group = connection.topics().prefix() + "job";
        try (Flow flow = new Flow(connection, group)) {
            flow.sample();
            assertThat(flow.arrivals()).isEmpty();
            assertThat(flow.lag()).isEmpty();

            for (int i = 0; i < 5; i++) {
                send(connection, input, "item" + i, standing("v1", AT, new long[] {1}));
            }
            commit(connection, group, new TopicPartition(input, 0), 1);
            flow.sample();

            assertThat(flow.arrivals().orElseThrow()).isPositive();
            assertThat(flow.updates("v1")).isEmpty();
            assertThat(flow.lag()).hasValue(4);
        }
    }

    private static void commit(
            Connection connection, String group, TopicPartition partition, long offset)
            throws Exception {
        try (Admin admin = connection.admin()) {
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(offset)))
                    .all()
                    .get();
        }
    }

    private static void createTopics(Connection connection) throws InterruptedException {
        List<Topic> topics = connection.topics().fixed();
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(topics, 2, TopicAdmin.BROKERS_REPLICATION);
        }
    }
}
