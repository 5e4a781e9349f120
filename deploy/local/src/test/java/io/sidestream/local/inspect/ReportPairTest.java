package io.sidestream.local.inspect;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.send;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static io.sidestream.local.kafka.TestingHourglass.window;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TestingCatalog;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.schema.HourglassReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestingKafka.class)
class ReportPairTest {

    @Test
    void takesTheNewestInstantAtWhichBothWereCounted(Connection connection) throws Exception {
        TestingCatalog.create(connection).close();
        assertThat(ReportPair.read(connection, "v", "w")).isEmpty();

        List<HourglassReport> reports = new ArrayList<>();
        for (int second = 0; second < 5; second++) {
            Instant at = AT.plusSeconds(second);
            reports.add(standing("v", at, new long[] {second, 1}));
            reports.add(window("v", at, new long[] {100, 1}));
            reports.add(standing("x", at, new long[] {7, 7}));
            if (second < 4) {
                reports.add(standing("w", at, new long[] {second, 2}));
            }
        }
        String topic = connection.topics().hourglass();
        for (HourglassReport report : reports) {
            send(connection, topic, report.getCodebookVersion(), report);
        }

        assertThat(ReportPair.read(connection, "v", "w"))
                .hasValueSatisfying(
                        pair -> {
                            assertThat(pair.first().getAt()).isEqualTo(AT.plusSeconds(3));
                            assertThat(pair.second().getAt()).isEqualTo(AT.plusSeconds(3));
                            assertThat(pair.first().getItems()).isEqualTo(4);
                            assertThat(pair.second().getItems()).isEqualTo(5);
                        });
        assertThat(ReportPair.read(connection, "v", "y")).isEmpty();
    }
}
