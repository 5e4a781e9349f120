package io.sidestream.local.versions;

import io.sidestream.jobs.Liveness;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.VersionProgress;
import java.time.Instant;
import java.util.Map;

/**
 * What is known when somebody wants to move a version on in its life.
 *
 * @param progress by version; a version that nothing has been heard of may be missing
 * @param completenessOrNull of the version to be promoted against the active one; null if there was
 *     none to compare with
 */
record Situation(
        Codebooks codebooks,
        Map<String, VersionProgress> progress,
        Completeness completenessOrNull,
        Instant now) {

    VersionProgress progress(String version) {
        return progress.getOrDefault(version, VersionProgress.NONE);
    }

    Liveness liveness(String version) {
        return Liveness.of(progress(version).live());
    }

    Situation with(Codebooks latest) {
        return new Situation(latest, progress, completenessOrNull, now);
    }
}
