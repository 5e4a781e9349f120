package io.sidestream.local.report;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.standing;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.HourglassReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrendTest {

    private final Trend trend = new Trend(8);

    @Test
    void keepsAllReportsOfAFew() {
        List<Instant> added = add(8);

        assertThat(trend.kept()).extracting(HourglassReport::getAt).isEqualTo(added);
        assertThat(trend.reportsPerBucket()).isEqualTo(1);
        assertThat(trend.reports()).isEqualTo(8);
    }

    @Test
    void keepsNoCounts() {
        add(1);

        assertThat(trend.kept().get(0).getLayers())
                .allMatch(layer -> layer.getCounts().isEmpty() && layer.getTokens() == 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 16, 17, 63, 64, 65, 1000})
    void keepsTheExtremesOfEveryFewReports(int reports) {
        Random random = new Random(reports);
        List<HourglassReport> all = new ArrayList<>();
        for (int i = 0; i < reports; i++) {
            HourglassReport report = report(i, 1 + random.nextInt(1_000_000));
            all.add(report);
            trend.add(report);
        }

        int each = trend.reportsPerBucket();
        List<HourglassReport> expected = new ArrayList<>();
        for (int from = 0; from < reports; from += each) {
            List<HourglassReport> few = all.subList(from, Math.min(reports, from + each));
            Comparator<HourglassReport> evenness =
                    Comparator.comparing(report -> report.getLayers().get(1).getEntropyRatio());
            expected.add(few.stream().min(evenness).orElseThrow());
            expected.add(few.stream().max(evenness).orElseThrow());
        }
        expected.add(all.get(reports - 1));
        assertThat(trend.kept())
                .containsExactlyElementsOf(
                        expected.stream()
                                .distinct()
                                .sorted(Comparator.comparing(HourglassReport::getAt))
                                .toList())
                .hasSizeLessThanOrEqualTo(17);
        assertThat(each).isBetween((reports + 7) / 8, 2 * ((reports + 7) / 8) - 1);
        assertThat(trend.reports()).isEqualTo(reports);
    }

    private List<Instant> add(int reports) {
        List<Instant> added = new ArrayList<>();
        for (int i = 0; i < reports; i++) {
            trend.add(report(i, i + 1));
            added.add(AT.plusSeconds(i));
        }
        return added;
    }

    /** The first layer is even: the second one decides. */
    private static HourglassReport report(int second, long items) {
        return standing(
                "v1", AT.plusSeconds(second), new long[] {5, 5}, new long[] {items, 1_000_000});
    }
}
