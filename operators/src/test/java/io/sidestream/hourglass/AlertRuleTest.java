package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertRuleTest {

    @Test
    void parsesWhatPeopleWrite() {
        assertThat(AlertRule.parse("entropy_ratio@2 < 0.8 until 0.85"))
                .isEqualTo(new AlertRule(false, SkewMetric.ENTROPY_RATIO, 2, false, 0.8, 0.85));
        assertThat(AlertRule.parse("gini@1 > 0.6 until 0.5"))
                .isEqualTo(new AlertRule(false, SkewMetric.GINI, 1, true, 0.6, 0.5));
        assertThat(AlertRule.parse("window max_share@2 > 0.2"))
                .isEqualTo(new AlertRule(true, SkewMetric.MAX_SHARE, 2, true, 0.2, 0.2));
        assertThat(AlertRule.parse("quantization_error_ratio@3 > 1.2 until 1.1"))
                .isEqualTo(
                        new AlertRule(
                                false, SkewMetric.QUANTIZATION_ERROR_RATIO, 3, true, 1.2, 1.1));
        assertThat(AlertRule.parse("collision_rate > 0.4"))
                .isEqualTo(new AlertRule(false, SkewMetric.COLLISION_RATE, 0, true, 0.4, 0.4));
    }

    @ParameterizedTest
    @CsvSource({
        "'  window   psi@3>1e-1   until  5E-2 ', window psi@3 > 0.1 until 0.05",
        "dead_codes@2 > 400.0 until 400, dead_codes@2 > 400",
        "dead_codes@2>1e3 until 900, dead_codes@2 > 1000 until 900",
        "std@12 < -0 until 0, std@12 < 0"
    })
    void writesOneTextForOneRule(String text, String canonical) {
        assertThat(AlertRule.parse(text)).hasToString(canonical);
        assertThat(AlertRule.parse(canonical)).isEqualTo(AlertRule.parse(text));
    }

    @Test
    void parsesWhatItWrites() {
        Random random = new Random(12);
        SkewMetric[] metrics = SkewMetric.values();
        for (int round = 0; round < 2_000; round++) {
            SkewMetric metric = metrics[random.nextInt(metrics.length)];
            boolean above = random.nextBoolean();
            double enter = random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
            double gap = Math.abs(random.nextGaussian()) * random.nextInt(2);
            AlertRule rule =
                    new AlertRule(
                            metric.ofLayer() && random.nextBoolean(),
                            metric,
                            metric.ofLayer() ? 1 + random.nextInt(9) : 0,
                            above,
                            enter,
                            above ? enter - gap : enter + gap);

            assertThat(AlertRule.parse(rule.toString())).isEqualTo(rule);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | is not of the form [window] METRIC[@LAYER] (<|>)",
                "gini@2 | is not of the form",
                "gini@2 >= 0.6 | is not of the form",
                "gini@2 > 0.6 until | is not of the form",
                "gini@2 > 0.6 till 0.5 | is not of the form",
                "gini@two > 0.6 | is not of the form",
                "gini@2 > 0x1p3 | '0x1p3' is not a number",
                "gini@2 > 0.6 until half | 'half' is not a number",
                "gini@2 > NaN | 'NaN' is not a number",
                "gini@2 > 1e999 | levels must be finite numbers",
                "ginny@2 > 0.6 | Metric 'ginny' is not one of entropy,",
                "gini > 0.6 | gini is of a layer: name one, as in gini@2",
                "gini@0 > 0.6 | gini is of a layer: name one, as in gini@2",
                "collision_rate@2 > 0.6 | collision_rate is across layers: leave the layer"
                        + " out",
                "window collision_rate > 0.6 | collision_rate is of all live items: leave"
                        + " 'window'",
                "gini@2 > 0.6 until 0.7 | must be on the healthy side of the first, or equal",
                "entropy@2 < 0.6 until 0.5 | must be on the healthy side of the first, or equal"
            })
    void saysWhatIsWrongWithARule(String text, String problem) {
        assertThatThrownBy(() -> AlertRule.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Alert rule '%s' is refused: ", text.strip())
                .hasMessageContaining(problem);
    }

    @Test
    void parsesLists() {
        assertThat(AlertRule.parseAll("")).isEmpty();
        assertThat(AlertRule.parseAll(" ; ")).isEmpty();
        assertThat(
                        AlertRule.parseAll(
                                "entropy_ratio@2 < 0.8 until 0.85; gini@2 > 0.6 until 0.5;"
                                        + " window max_share@2 > 0.2; collision_rate > 0.4;"))
                .extracting(AlertRule::toString)
                .containsExactly(
                        "entropy_ratio@2 < 0.8 until 0.85",
                        "gini@2 > 0.6 until 0.5",
                        "window max_share@2 > 0.2",
                        "collision_rate > 0.4");
    }

    @Test
    void refusesTwoRulesOfOneSubject() {
        assertThatThrownBy(() -> AlertRule.parseAll("gini@2 > 0.6; gini@1 > 0.6; gini@2 > 0.7"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "Alert rule 'gini@2 > 0.7' is refused: 'gini@2 > 0.6' is of the same"
                                + " subject: keep one");
    }

    @Test
    void tellsSubjectsApartByScopeMetricLayerAndDirection() {
        assertThat(
                        AlertRule.parseAll(
                                "gini@2 > 0.6; gini@2 < 0.1; gini@1 > 0.6; std@2 > 0.6;"
                                        + " window gini@2 > 0.6; collision_rate > 0.6"))
                .extracting(AlertRule::subject)
                .containsExactly(
                        "gini@2-above",
                        "gini@2-below",
                        "gini@1-above",
                        "std@2-above",
                        "window-gini@2-above",
                        "collision_rate-above");
    }

    @Test
    void isBeyondItsLevelStrictlyAndHealthyAtIt() {
        AlertRule above = AlertRule.parse("gini@2 > 0.6 until 0.5");
        assertThat(above.isBeyond(0.6)).isFalse();
        assertThat(above.isBeyond(Math.nextUp(0.6))).isTrue();
        assertThat(above.isHealthy(0.5)).isTrue();
        assertThat(above.isHealthy(Math.nextUp(0.5))).isFalse();

        AlertRule below = AlertRule.parse("gini@2 < 0.5 until 0.6");
        assertThat(below.isBeyond(0.5)).isFalse();
        assertThat(below.isBeyond(Math.nextDown(0.5))).isTrue();
        assertThat(below.isHealthy(0.6)).isTrue();
        assertThat(below.isHealthy(Math.nextDown(0.6))).isFalse();
    }
}
