package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.schema.CodebookAlias;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.Topics;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that the topic {@code sid-codebooks} says at one moment.
 *
 * @param manifests the latest of every version, by version
 * @param aliasOrNull which version retrievers use, and which they used before; null as long as
 *     nobody has said so
 */
public record Codebooks(SortedMap<String, CodebookManifest> manifests, CodebookAlias aliasOrNull) {

    public Codebooks {
        manifests = Collections.unmodifiableSortedMap(new TreeMap<>(manifests));
    }

    /**
     * Records to be written in one transaction.
     *
     * @param aliasOrNull null: the alias stays as it is
     */
    public record Change(List<CodebookManifest> manifests, CodebookAlias aliasOrNull) {

        /** Everything stays as it is. */
        public static final Change NONE = new Change(List.of(), null);

        public Change {
            manifests = List.copyOf(manifests);
        }

        public boolean isEmpty() {
            return manifests.isEmpty() && aliasOrNull == null;
        }
    }

    /** The same after a change. */
    public Codebooks with(Change change) {
        SortedMap<String, CodebookManifest> changed = new TreeMap<>(manifests);
        change.manifests().forEach(manifest -> changed.put(manifest.getVersion(), manifest));
        return new Codebooks(
                changed, change.aliasOrNull() == null ? aliasOrNull : change.aliasOrNull());
    }

    /**
     * A version, whatever its status.
     *
     * @throws UserError if there is no such version
     */
    public CodebookManifest require(String version) {
        CodebookManifest manifest = manifests.get(version);
        if (manifest == null) {
            throw new UserError(
                    "there is no codebook version %s: %s"
                            .formatted(
                                    version,
                                    manifests.isEmpty()
                                            ? "none is published yet; publish one with"
                                                    + " `sidestream codebook publish`"
                                            : "published are "
                                                    + String.join(", ", manifests.keySet())));
        }
        return manifest;
    }

    /** The versions that are not retired, in their order. */
    public List<CodebookManifest> live() {
        return manifests.values().stream()
                .filter(manifest -> manifest.getStatus() != CodebookStatus.RETIRED)
                .toList();
    }

    /** The versions that retrievers use: one, or none; more only if somebody else writes here. */
    public List<CodebookManifest> active() {
        return manifests.values().stream()
                .filter(manifest -> manifest.getStatus() == CodebookStatus.ACTIVE)
                .toList();
    }

    /** The version that retrievers used before the active one, if that is on record. */
    public Optional<String> previous() {
        return Optional.ofNullable(aliasOrNull).map(CodebookAlias::getPreviousVersion);
    }

    /** Whether retrievers use a version, and no other. */
    public boolean isTheActiveOne(String version) {
        List<CodebookManifest> active = active();
        return active.size() == 1
                && active.get(0).getVersion().equals(version)
                && aliasOrNull != null
                && aliasOrNull.getCodebookVersion().equals(version);
    }

    /**
     * What makes a version the one that retrievers use: it becomes ACTIVE, what was so before
     * READY, and the alias moves.
     *
     * @param manifest the version's, published already or not
     */
    public Change activating(CodebookManifest manifest, Topics topics, Instant now) {
        String version = manifest.getVersion();
        List<CodebookManifest> written = new ArrayList<>();
        if (!manifest.equals(manifests.get(version))
                || manifest.getStatus() != CodebookStatus.ACTIVE) {
            written.add(with(manifest, CodebookStatus.ACTIVE, now));
        }
        String before = aliasOrNull == null ? null : aliasOrNull.getCodebookVersion();
        for (CodebookManifest other : active()) {
            if (!other.getVersion().equals(version)) {
                written.add(with(other, CodebookStatus.READY, now));
                before = before == null ? other.getVersion() : before;
            }
        }
        if (version.equals(before)) {
            return new Change(written, null);
        }
        return new Change(
                written,
                CodebookAlias.newBuilder()
                        .setAlias(ControlKeys.ACTIVE)
                        .setCodebookVersion(version)
                        .setPreviousVersion(before)
                        .setTopic(topics.updates(version))
                        .setSince(now.truncatedTo(ChronoUnit.MILLIS))
                        .build());
    }

    /**
     * What takes a version out of use for good, also as the one to roll back to.
     *
     * @param version one that is published, and not the active one
     */
    public Change retiring(String version, Instant now) {
        return new Change(
                List.of(with(manifests.get(version), CodebookStatus.RETIRED, now)),
                previous().filter(version::equals).isEmpty()
                        ? null
                        : CodebookAlias.newBuilder(aliasOrNull).setPreviousVersion(null).build());
    }

    private static CodebookManifest with(
            CodebookManifest manifest, CodebookStatus status, Instant now) {
        return CodebookManifest.newBuilder(manifest)
                .setStatus(status)
                .setPublishedAt(now.truncatedTo(ChronoUnit.MILLIS))
                .build();
    }
}
