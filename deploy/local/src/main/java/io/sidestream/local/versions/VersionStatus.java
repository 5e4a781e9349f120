package io.sidestream.local.versions;

import io.sidestream.jobs.Liveness;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.VersionProgress;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Where a codebook version stands.
 *
 * @param manifest what is announced of it
 * @param role what it is to retrievers
 * @param itemsOrNull live items as counted last; null if they have not been counted of late
 * @param progress what the indexing job and a backfill say about it
 * @param topic of its updates
 */
public record VersionStatus(
        CodebookManifest manifest,
        Role role,
        Long itemsOrNull,
        VersionProgress progress,
        String topic) {

    /** Of a version to retrievers. */
    public enum Role {
        /** They use it. */
        ACTIVE,
        /** They used it before; a rollback makes them do so again. */
        PREVIOUS,
        NONE;

        @Override
        public String toString() {
            return this == NONE ? "" : name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is most in use comes first, what is gone last. */
    private static final List<CodebookStatus> ORDER =
            List.of(
                    CodebookStatus.ACTIVE,
                    CodebookStatus.READY,
                    CodebookStatus.SHADOW,
                    CodebookStatus.RETIRED);

    public Liveness liveness() {
        return Liveness.of(progress.live());
    }

    /**
     * All versions, in the order in which one wants to see them.
     *
     * @param progress and {@code items} by version; versions of which nothing is known are missing
     */
    static List<VersionStatus> all(
            Codebooks codebooks,
            Map<String, VersionProgress> progress,
            Map<String, Long> items,
            UnaryOperator<String> topic) {
        return codebooks.manifests().values().stream()
                .map(
                        manifest -> {
                            String version = manifest.getVersion();
                            return new VersionStatus(
                                    manifest,
                                    role(codebooks, version),
                                    manifest.getStatus() == CodebookStatus.RETIRED
                                            ? null
                                            : items.get(version),
                                    progress.getOrDefault(version, VersionProgress.NONE),
                                    topic.apply(version));
                        })
                .sorted(Comparator.comparing(one -> ORDER.indexOf(one.manifest().getStatus())))
                .toList();
    }

    private static Role role(Codebooks codebooks, String version) {
        if (codebooks.aliasOrNull() == null) {
            return Role.NONE;
        }
        if (codebooks.aliasOrNull().getCodebookVersion().equals(version)) {
            return Role.ACTIVE;
        }
        return codebooks.previous().filter(version::equals).isPresent() ? Role.PREVIOUS : Role.NONE;
    }
}
