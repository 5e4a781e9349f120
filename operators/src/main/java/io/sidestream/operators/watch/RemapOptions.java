package io.sidestream.operators.watch;

import io.sidestream.sid.RemapPolicy;
import java.io.Serializable;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * When SIDs are remapped without anybody asking, and how.
 *
 * @param mode what becomes of a plan that an alert calls for
 * @param policy which tokens are head tokens
 * @param layer the layer that is remapped, 1-based; alerts on it call for plans
 * @param replanAbove a plan is replaced when more than this share of the items would move
 * @param churnBudget a replacement that would move more than this share waits for approval
 * @param cooldown least time between a plan and the next one that nobody asked for
 */
public record RemapOptions(
        Mode mode,
        RemapPolicy policy,
        int layer,
        double replanAbove,
        double churnBudget,
        Duration cooldown)
        implements Serializable {

    public static final ConfigOption<String> MODE =
            ConfigOptions.key("sidestream.remap.mode")
                    .stringType()
                    .defaultValue(Mode.PROPOSE.toString())
                    .withDescription(
                            "What becomes of a remap plan that an alert calls for: 'auto' (it is"
                                    + " applied), 'propose' (it waits for approval) or 'off' (none is"
                                    + " made).");

    public static final ConfigOption<String> POLICY =
            ConfigOptions.key("sidestream.remap.policy")
                    .stringType()
                    .defaultValue("top-p=0.85")
                    .withDescription(
                            "Which tokens items drop: 'top-p=P' (the fewest that hold the share P of"
                                    + " the items), 'top-k=K', 'token-fraction=F', 'drop-layer' or"
                                    + " 'none'.");

    public static final ConfigOption<Integer> LAYER =
            ConfigOptions.key("sidestream.remap.layer")
                    .intType()
                    .defaultValue(2)
                    .withDescription("The layer that is remapped, from 1.");

    public static final ConfigOption<Double> REPLAN_ABOVE =
            ConfigOptions.key("sidestream.remap.replan-above")
                    .doubleType()
                    .defaultValue(0.05)
                    .withDescription(
                            "A plan is replaced when its head tokens have drifted so far that more"
                                    + " than this share of the items would move.");

    public static final ConfigOption<Double> CHURN_BUDGET =
            ConfigOptions.key("sidestream.remap.churn-budget")
                    .doubleType()
                    .defaultValue(0.3)
                    .withDescription(
                            "A replacement that would move more than this share of the items waits"
                                    + " for approval in any mode.");

    public static final ConfigOption<Duration> COOLDOWN =
            ConfigOptions.key("sidestream.remap.cooldown")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(10))
                    .withDescription(
                            "Least time between a plan and the next one that nobody asked for.");

    /** What becomes of a plan that an alert calls for. */
    public enum Mode {
        AUTO,
        PROPOSE,
        OFF;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * The mode of a name as people write it.
         *
         * @throws IllegalArgumentException if there is none
         */
        static Mode parse(String name) {
            return Arrays.stream(values())
                    .filter(mode -> mode.toString().equals(name))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new IllegalArgumentException(
                                            "'%s' is not one of %s"
                                                    .formatted(
                                                            name,
                                                            Arrays.stream(values())
                                                                    .map(Mode::toString)
                                                                    .collect(
                                                                            Collectors.joining(
                                                                                    ", ")))));
        }
    }

    /**
     * @throws IllegalArgumentException if an option is out of range; the message names it
     */
    public RemapOptions {
        if (layer < 1) {
            throw new IllegalArgumentException(
                    "%s is %d: layers count from 1".formatted(LAYER.key(), layer));
        }
        requireShare(REPLAN_ABOVE, replanAbove);
        requireShare(CHURN_BUDGET, churnBudget);
        if (cooldown.isNegative()) {
            throw new IllegalArgumentException(
                    "%s is %s: it must not be negative".formatted(COOLDOWN.key(), cooldown));
        }
    }

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static RemapOptions from(ReadableConfig config) {
        return new RemapOptions(
                WatchOptions.named(MODE, () -> Mode.parse(config.get(MODE))),
                WatchOptions.named(POLICY, () -> RemapPolicy.parse(config.get(POLICY))),
                config.get(LAYER),
                config.get(REPLAN_ABOVE),
                config.get(CHURN_BUDGET),
                config.get(COOLDOWN));
    }

    private static void requireShare(ConfigOption<Double> option, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be from 0 to 1".formatted(option.key(), share));
        }
    }
}
