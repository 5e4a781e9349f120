package io.sidestream.hourglass;

import static io.sidestream.hourglass.AlertStatus.Event.NONE;
import static io.sidestream.hourglass.AlertStatus.Event.OPENED;
import static io.sidestream.hourglass.AlertStatus.Event.RESOLVED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.hourglass.AlertStatus.Event;
import io.sidestream.hourglass.AlertStatus.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AlertStatusTest {

    private static final AlertRule ABOVE = AlertRule.parse("gini@2 > 0.6 until 0.5");
    private static final AlertRule BELOW = AlertRule.parse("entropy_ratio@2 < 0.8 until 0.85");
    private static final long ENOUGH = 100;

    @Test
    void opensAndResolvesAfterEnoughEvaluationsInARow() {
        Evaluations evaluations = new Evaluations(ABOVE, policy(2, Duration.ZERO));

        assertThat(evaluations.of(0.7, 0.7, 0.7, 0.4, 0.4, 0.4))
                .containsExactly(NONE, OPENED, NONE, NONE, RESOLVED, NONE);
    }

    @Test
    void opensAndResolvesTheSameWayBelowALevel() {
        Evaluations evaluations = new Evaluations(BELOW, policy(2, Duration.ZERO));

        assertThat(evaluations.of(0.7, 0.7, 0.82, 0.85, 0.9, 0.7))
                .containsExactly(NONE, OPENED, NONE, NONE, RESOLVED, NONE);
    }

    @Test
    void opensAndResolvesAtOnceIfOneEvaluationIsEnough() {
        Evaluations evaluations = new Evaluations(ABOVE, policy(1, Duration.ZERO));

        assertThat(evaluations.of(0.7, 0.4, 0.7)).containsExactly(OPENED, RESOLVED, OPENED);
    }

    @Test
    void startsOverWhenTheRowBreaks() {
        Evaluations evaluations = new Evaluations(ABOVE, policy(3, Duration.ZERO));

        assertThat(evaluations.of(0.7, 0.7, 0.6, 0.7, 0.7)).containsOnly(NONE);
        assertThat(evaluations.of(0.7)).containsExactly(OPENED);
        assertThat(evaluations.of(0.4, 0.4, 0.51, 0.4, 0.4)).containsOnly(NONE);
        assertThat(evaluations.of(0.4)).containsExactly(RESOLVED);
    }

    @Test
    void doesNotFlapWhileAMetricHoversAtALevel() {
        Evaluations evaluations = new Evaluations(ABOVE, policy(1, Duration.ZERO));

        assertThat(evaluations.of(0.61, 0.59, 0.61, 0.55, 0.62, 0.51))
                .containsExactly(OPENED, NONE, NONE, NONE, NONE, NONE);
        assertThat(evaluations.of(0.49, 0.51, 0.49, 0.58))
                .containsExactly(RESOLVED, NONE, NONE, NONE);
    }

    @Test
    void passesOverEvaluationsThatSayLittle() {
        AlertPolicy policy = policy(2, Duration.ZERO);
        AlertStatus status = AlertStatus.CLOSED.next(ABOVE, policy, 0.7, ENOUGH, 0).after();

        assertThat(status.next(ABOVE, policy, 0.7, ENOUGH - 1, 1))
                .isEqualTo(new Step(status, NONE));
        assertThat(status.next(ABOVE, policy, 0.1, ENOUGH - 1, 1))
                .isEqualTo(new Step(status, NONE));
        assertThat(status.next(ABOVE, policy, Double.NaN, ENOUGH, 1))
                .isEqualTo(new Step(status, NONE));
        assertThat(status.next(ABOVE, policy, 0.7, ENOUGH, 1).event()).isEqualTo(OPENED);
    }

    @Test
    void keepsOneIdFromOpeningToResolution() {
        AlertPolicy policy = policy(1, Duration.ZERO);

        Step opened = AlertStatus.CLOSED.next(ABOVE, policy, 0.7, ENOUGH, 1_000);
        assertThat(opened)
                .isEqualTo(new Step(new AlertStatus(true, 0, 1_000, "gini@2-above-1000"), OPENED));
        Step resolved = opened.after().next(ABOVE, policy, 0.4, ENOUGH, 2_000);
        assertThat(resolved)
                .isEqualTo(
                        new Step(new AlertStatus(false, 0, 2_000, "gini@2-above-1000"), RESOLVED));
        Step again = resolved.after().next(ABOVE, policy, 0.7, ENOUGH, 3_000);
        assertThat(again.after().alertId()).isEqualTo("gini@2-above-3000");
    }

    @Test
    void waitsForTheCooldownAndOpensAsSoonAsItIsOver() {
        Evaluations evaluations = new Evaluations(ABOVE, policy(2, Duration.ofMillis(5)));
        assertThat(evaluations.of(0.7, 0.7, 0.4, 0.4))
                .containsExactly(NONE, OPENED, NONE, RESOLVED); // at 3

        assertThat(evaluations.of(0.7, 0.7, 0.7, 0.7, 0.7))
                .containsExactly(NONE, NONE, NONE, NONE, OPENED); // at 8
    }

    @Test
    void doesNotOpenAfterTheCooldownIfTheRowBroke() {
        Evaluations evaluations = new Evaluations(ABOVE, policy(2, Duration.ofMillis(5)));
        evaluations.of(0.7, 0.7, 0.4, 0.4);

        assertThat(evaluations.of(0.7, 0.7, 0.7, 0.5, 0.7, 0.7))
                .containsExactly(NONE, NONE, NONE, NONE, NONE, OPENED);
    }

    @Test
    void neverCoolsDownBeforeTheFirstAlertNorBeforeAResolution() {
        Evaluations evaluations = new Evaluations(ABOVE, policy(1, Duration.ofDays(1)));

        assertThat(evaluations.of(0.7, 0.4)).containsExactly(OPENED, RESOLVED);
    }

    @Test
    void countsARowNoFurtherThanNeeded() {
        AlertPolicy patient = policy(2, Duration.ofDays(1));
        AlertStatus cooling = new AlertStatus(false, 2, 0, "gini@2-above-0");

        assertThat(cooling.next(ABOVE, patient, 0.7, ENOUGH, 10).after()).isEqualTo(cooling);
    }

    @Test
    void keepsAnOpenAlertWhenItsLevelsChange() {
        AlertPolicy policy = policy(1, Duration.ZERO);
        AlertStatus open = AlertStatus.CLOSED.next(ABOVE, policy, 0.7, ENOUGH, 1).after();
        AlertRule laxer = AlertRule.parse("gini@2 > 0.9 until 0.8");

        assertThat(open.next(laxer, policy, 0.85, ENOUGH, 2).after()).isEqualTo(open);
        assertThat(open.next(laxer, policy, 0.8, ENOUGH, 3).event()).isEqualTo(RESOLVED);
    }

    @Test
    void opensAtTheNextEvaluationWhenFewerInARowAreNeededNow() {
        AlertStatus status = new AlertStatus(false, 4, 0, "");

        assertThat(status.next(ABOVE, policy(2, Duration.ZERO), 0.7, ENOUGH, 1).event())
                .isEqualTo(OPENED);
    }

    /** Against the definition, read off the whole history instead of a status. */
    @Test
    void followsItsDefinitionThroughAnyHistory() {
        Random random = new Random(13);
        for (int round = 0; round < 200; round++) {
            int consecutive = 1 + random.nextInt(3);
            int cooldown = random.nextInt(8);
            Evaluations evaluations =
                    new Evaluations(ABOVE, policy(consecutive, Duration.ofMillis(cooldown)));
            List<Double> counted = new ArrayList<>(); // since the last event
            boolean open = false;
            long resolved = Long.MIN_VALUE / 2;
            for (int now = 0; now < 100; now++) {
                double value = random.nextInt(10) == 0 ? Double.NaN : 0.3 + random.nextDouble() / 2;
                Event expected = NONE;
                if (!Double.isNaN(value)) {
                    counted.add(value);
                    int first = counted.size() - consecutive;
                    boolean isOpen = open;
                    if (first >= 0
                            && counted.subList(first, counted.size()).stream()
                                    .allMatch(one -> isOpen ? one <= 0.5 : one > 0.6)
                            && (open || now - resolved >= cooldown)) {
                        expected = open ? RESOLVED : OPENED;
                        resolved = open ? now : resolved;
                        open = !open;
                        counted.clear();
                    }
                }
                assertThat(evaluations.of(value)).containsExactly(expected);
            }
        }
    }

    private static AlertPolicy policy(int consecutive, Duration cooldown) {
        return new AlertPolicy(List.of(ABOVE, BELOW), consecutive, ENOUGH, cooldown);
    }

    /** Evaluates a rule once a millisecond, from 0. */
    private static final class Evaluations {
        private final AlertRule rule;
        private final AlertPolicy policy;
        private AlertStatus status = AlertStatus.CLOSED;
        private long now;

        private Evaluations(AlertRule rule, AlertPolicy policy) {
            this.rule = rule;
            this.policy = policy;
        }

        private List<Event> of(double... values) {
            List<Event> events = new ArrayList<>();
            for (double value : values) {
                Step step = status.next(rule, policy, value, ENOUGH, now++);
                status = step.after();
                events.add(step.event());
            }
            return events;
        }
    }
}
