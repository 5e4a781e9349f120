package io.sidestream.local.kafka;

import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.RetirementProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What the topic {@code sid-progress} says about one codebook version.
 *
 * @param live the latest report of every subtask, in the order in which they were written
 * @param backfillOrNull null if there has been no backfill
 * @param retirementOrNull null if the version is not being removed
 */
public record VersionProgress(
        List<LiveReport> live,
        BackfillProgress backfillOrNull,
        RetirementProgress retirementOrNull) {

    /** Nothing has been heard of the version. */
    public static final VersionProgress NONE = new VersionProgress(List.of(), null, null);

    /** A backfill tells of itself far more often. */
    private static final Duration BACKFILL_IS_OVER = Duration.ofMinutes(1);

    public VersionProgress {
        live = List.copyOf(live);
    }

    /** Whether a backfill is at work; one that was killed cannot say that it is not. */
    public boolean isBackfilling(Instant now) {
        return backfillOrNull != null
                && (backfillOrNull.getPhase() == BackfillPhase.ASSIGNING
                        || backfillOrNull.getPhase() == BackfillPhase.INDEXING)
                && backfillOrNull.getAt().plus(BACKFILL_IS_OVER).isAfter(now);
    }
}
