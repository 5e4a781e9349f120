package io.sidestream.local.kafka;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.alert;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static io.sidestream.local.kafka.TestingHourglass.window;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.ReportScope;
import org.junit.jupiter.api.Test;

class HourglassTableTest {

    private final HourglassTable table = new HourglassTable();

    @Test
    void keepsTheLatestReportOfEveryVersionAndScope() {
        HourglassReport newer = standing("v2", AT.plusSeconds(1), new long[] {2, 3});
        HourglassReport window = window("v2", AT, new long[] {1, 0});
        table.report(standing("v2", AT, new long[] {1, 1}));
        table.report(window);
        table.report(newer);
        table.report(window("v1", AT, new long[] {5}));

        assertThat(table.versions()).containsExactly("v1", "v2");
        assertThat(table.latest("v2", ReportScope.STANDING)).containsSame(newer);
        assertThat(table.latest("v2", ReportScope.WINDOW)).containsSame(window);
        assertThat(table.latest("v1", ReportScope.STANDING)).isEmpty();
        assertThat(table.latest("v3", ReportScope.WINDOW)).isEmpty();
    }

    @Test
    void forgetsAlertsThatAreResolved() {
        HourglassAlert second = alert("v1", "b", AlertState.OPENED, AT, 0.6);
        table.alert(alert("v1", "a", AlertState.OPENED, AT, 0.7));
        table.alert(second);
        table.alert(alert("v2", "c", AlertState.OPENED, AT, 0.7));
        table.alert(alert("v1", "a", AlertState.RESOLVED, AT.plusSeconds(1), 0.9));

        assertThat(table.openAlerts("v1")).containsExactly(second);
        assertThat(table.openAlerts("v3")).isEmpty();
    }
}
