package io.sidestream.local.commands;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.TestingHourglass;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.PlanStatus;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class HourglassJsonTest {

    @Test
    void writesExactlyTheDocumentedFields() {
        HourglassReport report =
                TestingHourglass.standing("v1", AT, new long[] {2, 2}, new long[] {0, 4});
        PlanLife plan =
                new PlanLife(
                        TestingHourglass.plan("v1", 3, AT, 1),
                        List.of(
                                TestingHourglass.status("v1", 3, PlanStatus.APPLYING, AT, 2, 0.5),
                                TestingHourglass.status("v1", 3, PlanStatus.APPLIED, AT, 4, 1)));

        assertThat(HourglassJson.of(report, plan))
                .isEqualTo(
                        "{\"codebook_version\":\"v1\",\"items\":4,\"layers\":["
                                + "{\"layer\":1,\"tokens\":2,\"counts\":[2,2],"
                                + "\"entropy\":0.6931471805599453,\"entropy_ratio\":1.0,"
                                + "\"perplexity\":2.0,\"gini\":0.0,\"std\":0.0,"
                                + "\"max_share\":0.5,\"dead_codes\":0},"
                                + "{\"layer\":2,\"tokens\":2,\"counts\":[0,4],"
                                + "\"entropy\":0.0,\"entropy_ratio\":0.0,"
                                + "\"perplexity\":1.0,\"gini\":0.5,\"std\":2.0,"
                                + "\"max_share\":1.0,\"dead_codes\":1}],"
                                + "\"distinct_paths\":4,\"path_utilization\":0.25,"
                                + "\"collision_rate\":0.0,"
                                + "\"plan\":{\"epoch\":3,\"layer\":2,\"policy\":\"top-p=0.85\","
                                + "\"head_tokens\":[1],\"items_moved\":4}}");
    }

    @Test
    void saysThatThereIsNoPlan() {
        HourglassReport report = TestingHourglass.standing("v1", AT, new long[] {2, 2});

        assertThat(HourglassJson.of(report, null)).endsWith(",\"plan\":null}");
    }

    @Test
    void keepsNumbersToTheLastBit() throws IOException {
        HourglassReport report = TestingHourglass.standing("v1", AT, new long[] {1, 2, 4, 13});

        JsonNode layer =
                new ObjectMapper().readTree(HourglassJson.of(report, null)).at("/layers/0");

        assertThat(layer.get("entropy").doubleValue())
                .isEqualTo(report.getLayers().get(0).getEntropy());
        assertThat(layer.get("gini").doubleValue()).isEqualTo(report.getLayers().get(0).getGini());
    }
}
