package io.sidestream.hourglass;

/**
 * Where one alert rule stands between evaluations.
 *
 * @param open whether its alert is open
 * @param streak evaluations in a row that spoke for a change: closed, those beyond the level that
 *     opens it; open, those back at the level that resolves it. Never more than are needed
 * @param since when it was opened or, closed, resolved last, in milliseconds since 1970
 * @param alertId of the open alert or, closed, of the last; empty: there has been none
 */
public record AlertStatus(boolean open, int streak, long since, String alertId) {

    /** Of a rule that never was evaluated. */
    public static final AlertStatus CLOSED = new AlertStatus(false, 0, 0, "");

    /** What an evaluation did to the alert. */
    public enum Event {
        NONE,
        OPENED,
        RESOLVED
    }

    /** An evaluation's outcome; {@code after} has the alert's id for either event. */
    public record Step(AlertStatus after, Event event) {}

    /**
     * Evaluates the rule. An alert opens after {@link AlertPolicy#consecutive} evaluations in a row
     * beyond the rule's enter level, and resolves after as many on the healthy side of its exit
     * level. Within the cooldown it does not open; it does at the first evaluation thereafter if
     * none in between broke the row.
     *
     * @param value of the rule's metric; NaN if it has none, which like too few items changes
     *     nothing
     * @param items that the value was computed of
     * @param nowMillis time of the evaluation, in milliseconds since 1970
     */
    public Step next(AlertRule rule, AlertPolicy policy, double value, long items, long nowMillis) {
        if (items < policy.minimumItems() || Double.isNaN(value)) {
            return new Step(this, Event.NONE);
        }
        boolean speaksForChange = open ? rule.isHealthy(value) : rule.isBeyond(value);
        int row = speaksForChange ? Math.min(streak + 1, policy.consecutive()) : 0;
        if (row < policy.consecutive() || (!open && coolsDown(policy, nowMillis))) {
            return new Step(new AlertStatus(open, row, since, alertId), Event.NONE);
        }
        return open
                ? new Step(new AlertStatus(false, 0, nowMillis, alertId), Event.RESOLVED)
                : new Step(
                        new AlertStatus(true, 0, nowMillis, rule.subject() + "-" + nowMillis),
                        Event.OPENED);
    }

    private boolean coolsDown(AlertPolicy policy, long nowMillis) {
        return !alertId.isEmpty() && nowMillis - since < policy.cooldown().toMillis();
    }
}
