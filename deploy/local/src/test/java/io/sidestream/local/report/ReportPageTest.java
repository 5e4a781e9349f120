package io.sidestream.local.report;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.alert;
import static io.sidestream.local.kafka.TestingHourglass.plan;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static io.sidestream.local.kafka.TestingHourglass.status;
import static io.sidestream.local.kafka.TestingHourglass.window;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportPageTest {

    private static final String BREAKOUT = "</script><script>alert('&')</script><!--";

    private final HourglassReport first = standing("v1", AT, counts(1), counts(2));
    private final HourglassReport last = standing("v1", AT.plusSeconds(10), counts(3), counts(4));
    private final HourglassReport arrivals = window("v1", AT, counts(5), counts(6));

    @Test
    void holdsTheNumbersOfTheRecords() throws IOException {
        JsonNode version = data(page()).get("versions").get(0);

        JsonNode standing = version.get("standing");
        assertThat(standing.get("reports").asInt()).isEqualTo(2);
        assertThat(standing.get("at")).map(JsonNode::asLong).containsExactly(at(first), at(last));
        assertThat(standing.get("distinct_paths"))
                .map(JsonNode::asLong)
                .containsExactly(first.getDistinctPaths(), last.getDistinctPaths());
        JsonNode second = standing.get("layers").get(1);
        assertThat(second.get("entropy_ratio"))
                .map(JsonNode::asDouble)
                .containsExactly(
                        first.getLayers().get(1).getEntropyRatio(),
                        last.getLayers().get(1).getEntropyRatio());
        assertThat(second.get("psi_expected")).map(JsonNode::asDouble).containsOnly(0.375);
        assertThat(version.get("window").get("window").asLong()).isEqualTo(300_000);
        assertThat(version.get("window").get("collision_rate").get(0).isNull()).isTrue();
        JsonNode latest = version.get("moments").get(version.get("moments").size() - 1);
        assertThat(latest.get("label").asText()).isEqualTo("Latest");
        assertThat(latest.get("layers").get(1).get("counts"))
                .map(JsonNode::asLong)
                .containsExactly(4L, 8L, 0L);
    }

    @Test
    void hasTheRanksOfALayerWhoseCountsAreNotListed() throws IOException {
        last.getLayers().get(1).setCounts(List.of());
        last.getLayers().get(1).setRankBins(List.of(8L, 4L, 0L));

        JsonNode version = data(page()).get("versions").get(0);

        JsonNode moments = version.get("moments");
        JsonNode layers = moments.get(moments.size() - 1).get("layers");
        assertThat(layers.get(0).get("rank_bins")).isEmpty();
        assertThat(layers.get(1).get("counts")).isEmpty();
        assertThat(layers.get(1).get("rank_bins"))
                .map(JsonNode::asLong)
                .containsExactly(8L, 4L, 0L);
    }

    @Test
    void tellsAlertsAndPlans() throws IOException {
        JsonNode version = data(page()).get("versions").get(0);

        JsonNode alert = version.get("alerts").get(0);
        assertThat(alert.get("metric").asText()).isEqualTo("entropy_ratio");
        assertThat(alert.get("opened").get("value").isNull()).isTrue();
        assertThat(alert.get("opened").get("threshold").asDouble()).isEqualTo(0.8);
        assertThat(alert.get("resolved").isNull()).isTrue();
        JsonNode plan = version.get("plans").get(0);
        assertThat(plan.get("policy").asText()).isEqualTo("top-p=0.85");
        assertThat(plan.get("head_tokens")).map(JsonNode::asInt).containsExactly(1, 2);
        assertThat(plan.get("in_force_at").asLong()).isEqualTo(AT.plusSeconds(5).toEpochMilli());
        assertThat(plan.get("items_moved").asLong()).isEqualTo(7);
        assertThat(plan.get("steps"))
                .map(step -> step.get("status").asText())
                .containsExactly("APPLYING", "APPLIED");
    }

    @Test
    void letsNoTextBreakOutOfItsElement() throws IOException {
        String page = page();

        assertThat(page).doesNotContain("alert('&')");
        JsonNode version = data(page).get("versions").get(0);
        assertThat(version.get("plans").get(0).get("decided_by").asText()).isEqualTo(BREAKOUT);
        assertThat(version.get("alerts").get(0).get("opened").get("message").asText())
                .isEqualTo(BREAKOUT);
        assertThat(page.split("</script>", -1)).hasSize(4);
    }

    @Test
    void needsNothingFromElsewhere() throws IOException {
        String page = page();

        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("default-src 'none'", "The MIT License", "uPlot=function")
                .doesNotContain("{{", "<link", "<img", "@import", "src=\"");
    }

    private String page() throws IOException {
        RemapPlan plan = plan("v1", 1, AT, 1, 2);
        plan.setDecidedBy(BREAKOUT);
        HourglassAlert alert = alert("v1", "a", AlertState.OPENED, AT, Double.NaN);
        alert.setMessage(BREAKOUT);
        PlanLife life =
                new PlanLife(
                        plan,
                        List.of(
                                status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(5), 0, 0),
                                status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(6), 3, 0.5),
                                status("v1", 1, PlanStatus.APPLIED, AT.plusSeconds(7), 7, 1)));
        History history = new History(null, Instant.EPOCH, List.of(life));
        history.report(first);
        history.report(arrivals);
        history.report(last);
        history.alert(alert);
        return ReportPage.of(history, AT, List.of("sid-hourglass", "sid-remaps"));
    }

    private static JsonNode data(String page) throws IOException {
        Matcher data =
                Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
                        .matcher(page);
        assertThat(data.find()).isTrue();
        return new ObjectMapper()
                .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                .readTree(data.group(1));
    }

    private static long[] counts(long items) {
        return new long[] {items, 2 * items, 0};
    }

    private static long at(HourglassReport report) {
        return report.getAt().toEpochMilli();
    }
}
