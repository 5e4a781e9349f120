package io.sidestream.local.commands.remap;

import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.sid.Remap;
import io.sidestream.sid.RemapPolicy;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Remap plans in words and numbers for people. */
public final class RemapText {

    /** Head tokens that are shown; there may be tens of thousands. */
    private static final int SHOWN_TOKENS = 20;

    private RemapText() {}

    /** {@code top-p=0.85}. */
    public static String policy(RemapPlan plan) {
        try {
            return RemapPolicy.of(plan.getPolicy(), plan.getParameter()).toString();
        } catch (IllegalArgumentException e) {
            return plan.getPolicy() + " " + plan.getParameter(); // not of our making, but there
        }
    }

    /** Where a plan stands: {@code APPLYING 42%}. */
    static String status(PlanLife life) {
        return life.status() == PlanStatus.APPLYING
                ? "%s %d%%".formatted(life.status(), (int) (100 * life.progress()))
                : life.status().name();
    }

    /** The tokens that a plan names, ascending; none if it drops the whole layer. */
    public static List<Integer> headTokens(RemapPlan plan) {
        return IntStream.of(Remap.of(plan).headTokens()).boxed().toList();
    }

    /** How many tokens a plan drops: a number, or {@code all}. */
    static String headCount(RemapPlan plan) {
        return Remap.of(plan).isWholeLayer() ? "all" : count(headTokens(plan).size());
    }

    /** What a plan does: {@code top-p=0.85 on layer 2, 12 head tokens}. */
    static String effect(RemapPlan plan) {
        String tokens = headCount(plan);
        return "%s on layer %d, %s head token%s"
                .formatted(policy(plan), plan.getLayer(), tokens, tokens.equals("1") ? "" : "s");
    }

    /** What a plan does to whom, in a line. */
    static String summary(RemapPlan plan) {
        return "plan %d of codebook version %s: %s with %s of %s items, %s to move"
                .formatted(
                        plan.getEpoch(),
                        plan.getCodebookVersion(),
                        effect(plan),
                        count(plan.getHeadItems()),
                        count(plan.getItems()),
                        count(plan.getItemsToMove()));
    }

    /** Tokens, as many as one wants to see. */
    static String list(List<Integer> ascending) {
        String shown =
                ascending.stream()
                        .limit(SHOWN_TOKENS)
                        .map(String::valueOf)
                        .collect(Collectors.joining(", "));
        return ascending.size() <= SHOWN_TOKENS
                ? shown
                : "%s and %s more (--json lists all)"
                        .formatted(shown, count(ascending.size() - SHOWN_TOKENS));
    }

    /** {@code 8,512}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 8,512 (85.1%)}. */
    static String countAndShare(long number, long whole) {
        return whole == 0
                ? count(number)
                : "%s (%s)".formatted(count(number), share(number, whole));
    }

    /** {@code 85.1%}, or a dash where there is nothing to have a share of. */
    static String share(long number, long whole) {
        return whole == 0 ? "-" : String.format(Locale.ROOT, "%.1f%%", 100.0 * number / whole);
    }

    /** Six digits: of one number among several of very different sizes. */
    static String value(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }

    static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
