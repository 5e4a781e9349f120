package io.sidestream.local.screen;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.alert;
import static io.sidestream.local.kafka.TestingHourglass.plan;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static io.sidestream.local.kafka.TestingHourglass.status;
import static io.sidestream.local.kafka.TestingHourglass.window;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.local.console.Frame;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.PlanStatus;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class HourglassScreenTest {

    private static final HourglassReport REPORT =
            standing("v1", AT, new long[] {3, 3, 3, 3}, new long[] {12, 0, 0, 0});

    @Test
    void showsEveryLayerAndItsSkew() {
        List<String> lines = draw(state(REPORT, null, List.of()), AT.plusSeconds(3), 120);

        assertThat(lines.get(0)).isEqualTo("v1 ACTIVE   12 items   7 updates/s   report 3 s old");
        assertThat(lines).anyMatch(line -> line.matches("top 1\\.0x +█+"));
        assertThat(lines).anyMatch(line -> line.matches("top 4\\.0x +█+"));
        assertThat(lines).contains("no remap plan in force: SIDs have their full length");
        assertThat(lines)
                .contains("paths 12   collisions 0.0000   singletons 1.0000   utilization 0.2500");
        assertThat(spaced(lines))
                .contains(
                        "1 1.0000 0.0000 0.0 25.00% 0 0.5000 0.1250 0.0625 0.5000 0.3750",
                        "2 0.0000 0.7500 5.2 100.00% 3 0.3333 0.1250 0.0625 0.5000 0.3750");
    }

    @Test
    void tellsArrivalsApart() {
        HourglassReport window = window("v1", AT, new long[] {2, 2}, new long[] {4, 0});
        List<String> lines = draw(state(REPORT, window, List.of()), AT, 120);

        assertThat(spaced(lines)).anyMatch(line -> line.startsWith("2, last 5 min 0.0000 0.5000"));
    }

    @Test
    void leavesOutTheLastColumnsOfANarrowTable() {
        List<String> lines = draw(state(REPORT, null, List.of()), AT, 60);

        assertThat(lines).allMatch(line -> line.codePointCount(0, line.length()) <= 80);
        assertThat(spaced(lines)).contains("layer entropy ratio gini std max share dead");
    }

    @Test
    void showsOpenAlertsAndPlans() {
        VersionState state =
                new VersionState(
                        "v1",
                        CodebookStatus.SHADOW,
                        REPORT,
                        null,
                        List.of(alert("v1", "a", AlertState.OPENED, AT, 0.5)),
                        List.of(
                                new PlanLife(plan("v1", 1, AT, 0), List.of()),
                                life(2, PlanStatus.APPLYING, 600, 0.5),
                                life(3, PlanStatus.REJECTED, 0, 0)),
                        Double.NaN);
        List<String> lines = draw(state, AT, 120);

        assertThat(lines.get(0)).startsWith("v1 SHADOW   12 items   report");
        assertThat(lines)
                .containsSubsequence(
                        "alert  entropy_ratio in layer 2 was 0.5000 at 03:04:05Z, level 0.8000",
                        "plan 2  top-p=0.85 on layer 2: drops 1 of its tokens, 86.0% of the items"
                                + " then",
                        "        APPLYING since 03:04:05Z ████████████░░░░░░░░░░░░ 50%,"
                                + " 600 items moved",
                        "plan 1  top-p=0.85 on layer 2: drops 1 of its tokens, 86.0% of the items"
                                + " then",
                        "        PLANNED since 03:04:05Z, 850 items to move; `remap approve 1`"
                                + " applies it")
                .noneMatch(line -> line.contains("plan 3"));
    }

    @Test
    void saysWhatToDoWithoutAReport() {
        List<String> lines = draw(state(null, null, List.of()), AT, 120);

        assertThat(lines).hasSize(2);
        assertThat(lines.get(1)).contains("no report yet", "is it running?");
    }

    @Test
    void showsAVersionWithoutItems() {
        HourglassReport empty = standing("v1", AT, new long[] {0, 0}, new long[] {0, 0});

        assertThat(spaced(draw(state(empty, null, List.of()), AT, 120)))
                .contains("1 0.0000 0.0000 0.0 0.00% 2 - - - - -");
    }

    @Test
    void remarksOnOldReports() {
        assertThat(draw(state(REPORT, null, List.of()), AT.plusSeconds(600), 120).get(0))
                .endsWith("report 10 min old");
        assertThat(draw(state(REPORT, null, List.of()), AT.plusSeconds(36_000), 120).get(0))
                .endsWith("report 10 h old");
    }

    private static VersionState state(
            HourglassReport standing, HourglassReport window, List<PlanLife> plans) {
        return new VersionState("v1", CodebookStatus.ACTIVE, standing, window, List.of(), plans, 7);
    }

    private static PlanLife life(long epoch, PlanStatus status, long moved, double progress) {
        return new PlanLife(
                plan("v1", epoch, AT, 0),
                List.of(status("v1", epoch, status, AT, moved, progress)));
    }

    private static List<String> draw(VersionState state, Instant now, int width) {
        Frame frame = new Frame(width, UnaryOperator.identity());
        new HourglassScreen(TestingConsole.plain().console()).draw(state, now, frame);
        return frame.lines();
    }

    private static List<String> spaced(List<String> lines) {
        return lines.stream().map(line -> line.strip().replaceAll(" +", " ")).toList();
    }
}
