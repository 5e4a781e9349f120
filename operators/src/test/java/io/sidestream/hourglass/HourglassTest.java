package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HourglassTest {

    private static final Hourglass FULL =
            new Hourglass(
                    60,
                    List.of(
                            new Hourglass.Layer(
                                    new TokenSkew(60, 8, 1, 2, 3, 4, 5, 6, 7, 8),
                                    new QuantizationError(9.0, 18.0),
                                    new Drift(10, 11, 12, 13)),
                            new Hourglass.Layer(
                                    new TokenSkew(60, 8, -1, 0, 0, 0, 0, 0, 0, 0), null, null)),
                    new PathSkew(60, 50, 40, 14, 15, 16));

    @ParameterizedTest
    @CsvSource({
        "entropy, 1",
        "entropy_ratio, 2",
        "perplexity, 3",
        "gini, 4",
        "std, 5",
        "coefficient_of_variation, 6",
        "max_share, 7",
        "dead_codes, 8",
        "quantization_error, 9",
        "quantization_error_ratio, 0.5",
        "jensen_shannon, 10",
        "psi, 12",
        "path_utilization, 14",
        "collision_rate, 15",
        "singleton_rate, 16"
    })
    void givesEachMetricItsValue(String metric, double value) {
        assertThat(FULL.value(SkewMetric.parse(metric), 1)).hasValue(value);
    }

    @Test
    void tellsLayersApart() {
        assertThat(FULL.value(SkewMetric.ENTROPY, 2)).hasValue(-1);
    }

    @Test
    void hasNoValueOfWhatWasNotMeasured() {
        assertThat(FULL.value(SkewMetric.QUANTIZATION_ERROR, 2)).isEmpty();
        assertThat(FULL.value(SkewMetric.QUANTIZATION_ERROR_RATIO, 2)).isEmpty();
        assertThat(FULL.value(SkewMetric.JENSEN_SHANNON, 2)).isEmpty();
        assertThat(FULL.value(SkewMetric.PSI, 2)).isEmpty();
        Hourglass withoutPaths = new Hourglass(60, FULL.layers(), null);
        assertThat(withoutPaths.value(SkewMetric.COLLISION_RATE, 0)).isEmpty();
        assertThat(withoutPaths.value(SkewMetric.ENTROPY, 1)).hasValue(1);
    }

    @Test
    void hasNoValueOfALayerThatTheCodebookLacks() {
        assertThat(FULL.value(SkewMetric.GINI, 3)).isEmpty();
        assertThat(FULL.value(SkewMetric.GINI, 0)).isEmpty();
    }

    @Test
    void givesMetricsAcrossLayersWhateverTheLayer() {
        assertThat(FULL.value(SkewMetric.COLLISION_RATE, 0)).hasValue(15);
        assertThat(FULL.value(SkewMetric.COLLISION_RATE, 9)).hasValue(15);
    }

    @ParameterizedTest
    @EnumSource
    void namesMetricsAsReportsDo(SkewMetric metric) {
        var schema =
                metric.ofLayer() ? LayerSkew.getClassSchema() : HourglassReport.getClassSchema();

        assertThat(schema.getField(metric.toString())).as("%s", metric).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void parsesMetricsByName(SkewMetric metric) {
        assertThat(SkewMetric.parse(metric.toString())).isEqualTo(metric);
    }

    @Test
    void namesTheChoicesForAMetricThatThereIsNot() {
        assertThatThrownBy(() -> SkewMetric.parse("Gini"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Metric 'Gini' is not one of entropy, entropy_ratio, ");
    }
}
