package io.sidestream.local.commands.codebook;

import io.sidestream.jobs.Liveness;
import io.sidestream.local.versions.VersionStatus;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.RetirementProgress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.OptionalLong;

/** Where codebook versions stand, in words and numbers for people. */
final class VersionText {

    /** What stands in a table where there is nothing to tell. */
    static final String NOTHING = "-";

    private VersionText() {}

    /** {@code READY}, {@code RETIRED, 42% removed}. */
    static String status(VersionStatus version) {
        String status = version.manifest().getStatus().name();
        if (version.manifest().getStatus() != CodebookStatus.RETIRED) {
            return status;
        }
        RetirementProgress removal = version.progress().retirementOrNull();
        if (removal == null) {
            return status;
        }
        return removal.getProgress() >= 1
                ? status + ", removed"
                : "%s, %d%% removed".formatted(status, percent(removal.getProgress()));
    }

    /** {@code everywhere}, {@code 2 of 4 subtasks}. */
    static String live(VersionStatus version) {
        Liveness liveness = version.liveness();
        if (version.manifest().getStatus() == CodebookStatus.RETIRED) {
            return NOTHING;
        }
        if (liveness.errorOrNull() != null) {
            return "cannot be loaded";
        }
        if (liveness.everywhere()) {
            return "everywhere";
        }
        return liveness.subtasks() == 0
                ? "not yet"
                : "%d of %d subtasks".formatted(liveness.live(), liveness.subtasks());
    }

    /** {@code assigning 42%, 12,000/s, 3 min left}. */
    static String backfill(VersionStatus version, Instant now) {
        BackfillProgress backfill = version.progress().backfillOrNull();
        if (backfill == null || version.manifest().getStatus() == CodebookStatus.RETIRED) {
            return NOTHING;
        }
        String phase = backfill.getPhase().name().toLowerCase(Locale.ROOT);
        if (backfill.getPhase() != BackfillPhase.DONE
                && backfill.getPhase() != BackfillPhase.STOPPED
                && !version.progress().isBackfilling(now)) {
            return "%s %d%%, not heard of since %s"
                    .formatted(
                            phase,
                            percent(share(backfill)),
                            backfill.getAt().truncatedTo(ChronoUnit.SECONDS));
        }
        return switch (backfill.getPhase()) {
            case DONE -> phase;
            case INDEXING, STOPPED -> "%s, %d%%".formatted(phase, percent(share(backfill)));
            case ASSIGNING ->
                    "%s %d%%, %s/s, %s"
                            .formatted(
                                    phase,
                                    percent(share(backfill)),
                                    count(Math.round(backfill.getPerSecond())),
                                    left(backfill));
        };
    }

    /** {@code 3 min left}. */
    static String left(BackfillProgress backfill) {
        OptionalLong seconds = secondsLeft(backfill);
        if (seconds.isEmpty()) {
            return "time left unknown";
        }
        Duration left = Duration.ofSeconds(seconds.getAsLong());
        if (left.toHours() > 0) {
            return "%d h %d min left".formatted(left.toHours(), left.toMinutesPart());
        }
        return left.toMinutes() > 0
                ? "%d min left".formatted(left.toMinutes())
                : "%d s left".formatted(left.toSeconds());
    }

    /** Until all embeddings are read, at the rate of late; empty if nothing moves. */
    static OptionalLong secondsLeft(BackfillProgress backfill) {
        if (backfill.getPhase() != BackfillPhase.ASSIGNING) {
            return OptionalLong.empty();
        }
        long left = Math.max(0, backfill.getTotal() - backfill.getRead());
        return backfill.getPerSecond() > 0
                ? OptionalLong.of((long) Math.ceil(left / backfill.getPerSecond()))
                : OptionalLong.empty();
    }

    /** Of the embeddings, from 0 to 1. */
    static double share(BackfillProgress backfill) {
        return backfill.getTotal() <= 0
                ? 1
                : Math.min(1, (double) backfill.getRead() / backfill.getTotal());
    }

    /** Rounded down: 100 means all. */
    static int percent(double share) {
        return (int) (100 * share);
    }

    /** {@code 8,512}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
