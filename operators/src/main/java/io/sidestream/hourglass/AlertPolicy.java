package io.sidestream.hourglass;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;

/**
 * What to alert on, and how patiently.
 *
 * @param rules in the order in which they are evaluated
 * @param consecutive evaluations in a row that open an alert, or resolve it
 * @param minimumItems evaluations of fewer items are passed over: they say little
 * @param cooldown least time from an alert's end to the next one's beginning
 */
public record AlertPolicy(
        List<AlertRule> rules, int consecutive, long minimumItems, Duration cooldown)
        implements Serializable {

    /**
     * @throws IllegalArgumentException if a number is out of its range
     */
    public AlertPolicy {
        rules = List.copyOf(rules);
        require(consecutive >= 1, "consecutive evaluations must be at least 1", consecutive);
        require(minimumItems >= 1, "minimum items must be at least 1", minimumItems);
        require(!cooldown.isNegative(), "the cooldown must not be negative", cooldown);
    }

    private static void require(boolean holds, String rule, Object found) {
        if (!holds) {
            throw new IllegalArgumentException("Alerts: %s, not %s".formatted(rule, found));
        }
    }
}
