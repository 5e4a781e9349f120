package io.sidestream.local.report;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.alert;
import static io.sidestream.local.kafka.TestingHourglass.plan;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static io.sidestream.local.kafka.TestingHourglass.status;
import static io.sidestream.local.kafka.TestingHourglass.window;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.report.VersionHistory.Episode;
import io.sidestream.local.report.VersionHistory.Moment;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.ReportScope;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {

    @Test
    void showsTheMostEvenTheMostSkewedAndTheLatestReport() {
        VersionHistory version = historyOf(List.of(), 6, 9, 2, 4);

        assertThat(version.moments())
                .extracting(Moment::label)
                .containsExactly("Most even", "Most skewed", "Latest");
        assertThat(version.moments())
                .extracting(moment -> moment.layers().get(0).counts().get(0))
                .containsExactly(9L, 2L, 4L);
    }

    @Test
    void showsTheLastReportBeforeThePlanThatIsInForce() {
        PlanLife waits = new PlanLife(plan("v1", 2, AT.plusSeconds(3)), List.of());
        VersionHistory version = historyOf(List.of(applied(1, 2), waits), 9, 5, 4, 2, 3);

        assertThat(version.moments())
                .extracting(Moment::label)
                .containsExactly("Most even", "Before plan 1", "Latest");
        assertThat(version.moments().get(1).layers().get(0).counts()).containsExactly(4L, 100L);
    }

    @Test
    void takesNoReportForOneBeforeThePlanThatSaysThePlanIsInForce() {
        History history = new History(null, Instant.EPOCH, List.of(applied(1, 2)));
        HourglassReport atOnce = report(2, 4);
        atOnce.setRemapEpoch(1);
        List.of(report(0, 9), report(1, 5), atOnce, report(3, 6)).forEach(history::report);

        assertThat(history.versions().get(0).moments().get(1).layers().get(0).counts().get(0))
                .isEqualTo(5);
    }

    @Test
    void showsAReportOnce() {
        assertThat(historyOf(List.of(), 5).moments())
                .extracting(Moment::label)
                .containsExactly("Latest");
    }

    @Test
    void takesNoSmallSampleForSkew() {
        History history = new History(null, Instant.EPOCH, List.of());
        history.report(standing("v1", AT, new long[] {0, 0}));
        history.report(standing("v1", AT.plusSeconds(1), new long[] {19, 0}));
        history.report(standing("v1", AT.plusSeconds(2), new long[] {14, 6}));
        history.report(standing("v1", AT.plusSeconds(3), new long[] {10, 10}));

        assertThat(history.versions().get(0).moments())
                .extracting(moment -> moment.layers().get(0).counts().get(1))
                .containsExactly(6L, 10L);
    }

    @Test
    void leavesOutWhatIsOlderThanAsked() {
        History history = new History(null, AT.plusSeconds(2), List.of(applied(1, 1)));
        for (int second = 0; second < 4; second++) {
            history.report(report(second, second + 1));
        }

        assertThat(history.reports()).isEqualTo(2);
        assertThat(history.versions().get(0).moments())
                .extracting(Moment::label)
                .containsExactly("Most skewed", "Latest");
    }

    @Test
    void pairsTheEndsOfAlertsThatLastIntoItsTime() {
        HourglassAlert longGone = alert("v1", "a", AlertState.OPENED, AT, 0.5);
        HourglassAlert longResolved = alert("v1", "a", AlertState.RESOLVED, AT.plusSeconds(1), 0.9);
        HourglassAlert opened = alert("v1", "b", AlertState.OPENED, AT, 0.5);
        HourglassAlert resolved = alert("v1", "b", AlertState.RESOLVED, AT.plusSeconds(9), 0.9);
        HourglassAlert open = alert("v1", "c", AlertState.OPENED, AT, 0.5);
        HourglassAlert forgotten = alert("v1", "d", AlertState.RESOLVED, AT.plusSeconds(9), 0.9);
        History history = new History(null, AT.plusSeconds(5), List.of());
        history.report(report(6, 1));
        List.of(longGone, opened, longResolved, open, resolved, forgotten).forEach(history::alert);

        assertThat(history.versions().get(0).episodes())
                .containsExactly(
                        new Episode(opened, resolved),
                        new Episode(open, null),
                        new Episode(null, forgotten));
    }

    @Test
    void keepsVersionsAndScopesApart() {
        History history = new History(null, Instant.EPOCH, List.of(applied(1, 1)));
        history.report(standing("v2", AT, new long[] {1, 2}));
        history.report(window("v1", AT, new long[] {1, 2}));
        history.alert(alert("v3", "a", AlertState.OPENED, AT, 0.5));

        assertThat(history.versions())
                .extracting(VersionHistory::version)
                .containsExactly("v1", "v2");
        VersionHistory first = history.versions().get(0);
        assertThat(first.trend(ReportScope.STANDING)).isNull();
        assertThat(first.trend(ReportScope.WINDOW).reports()).isEqualTo(1);
        assertThat(first.moments()).isEmpty();
        assertThat(first.plans()).hasSize(1);
        assertThat(history.versions().get(1).plans()).isEmpty();
    }

    @Test
    void looksAtOneVersionIfAsked() {
        History history = new History("v1", Instant.EPOCH, List.of());
        history.report(standing("v2", AT, new long[] {1, 2}));
        assertThat(history.isEmpty()).isTrue();
        history.report(report(0, 1));
        assertThat(history.isEmpty()).isFalse();
    }

    private static VersionHistory historyOf(List<PlanLife> plans, int... items) {
        History history = new History(null, Instant.EPOCH, plans);
        for (int second = 0; second < items.length; second++) {
            history.report(report(second, items[second]));
        }
        return history.versions().get(0);
    }

    /** The fewer items on the first token, up to a hundred, the more skewed. */
    private static HourglassReport report(int second, long items) {
        return standing("v1", AT.plusSeconds(second), new long[] {items, 100});
    }

    private static PlanLife applied(long epoch, int second) {
        Instant at = AT.plusSeconds(second);
        return new PlanLife(
                plan("v1", epoch, AT, 1),
                List.of(
                        status("v1", epoch, PlanStatus.PLANNED, AT, 0, 0),
                        status("v1", epoch, PlanStatus.APPLYING, at, 0, 0),
                        status("v1", epoch, PlanStatus.APPLIED, at.plusSeconds(1), 4, 1)));
    }
}
