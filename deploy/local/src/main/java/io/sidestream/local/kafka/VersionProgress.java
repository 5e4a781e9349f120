package io.sidestream.local.kafka;

import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.RetirementProgress;
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

    public VersionProgress {
        live = List.copyOf(live);
    }
}
