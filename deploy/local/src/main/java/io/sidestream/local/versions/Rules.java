package io.sidestream.local.versions;

import io.sidestream.jobs.Liveness;
import io.sidestream.local.UserError;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.Codebooks.Change;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What may be done with codebook versions, and what it changes. There are reasons against a move
 * that nobody can overrule, and others that a person may know better about.
 */
final class Rules {

    private final Topics topics;

    Rules(Topics topics) {
        this.topics = topics;
    }

    /**
     * A move that may be made.
     *
     * @param change what it writes; empty if everything is so already
     * @param overruled reasons against it that were overruled, in sentences
     */
    record Move(String version, Change change, List<String> overruled) {

        boolean isDone() {
            return change.isEmpty();
        }
    }

    /**
     * Makes a version the one that retrievers use.
     *
     * @param force overrules what can be overruled
     * @throws UserError if there are reasons against it; the message tells them
     */
    Move promote(Situation now, String version, boolean force) {
        Codebooks codebooks = now.codebooks();
        CodebookManifest manifest = codebooks.require(version);
        requireNotRetired(manifest);
        if (codebooks.isTheActiveOne(version)) {
            return new Move(version, Change.NONE, List.of());
        }
        List<String> reasons = new ArrayList<>();
        if (manifest.getStatus() != CodebookStatus.ACTIVE) { // only its alias is missing, then
            List<String> incomplete = againstIncomplete(codebooks, manifest);
            reasons.addAll(incomplete.isEmpty() ? againstGap(now, version) : incomplete);
            reasons.addAll(againstNotLive(now, version));
            reasons.addAll(againstOtherItems(now));
        }
        requireNone(reasons, force, "codebook version %s is not promoted".formatted(version));
        return new Move(version, codebooks.activating(manifest, topics, now.now()), reasons);
    }

    /**
     * Whether a version may be made active by publishing it: if no other is, and so retrievers can
     * miss nothing.
     *
     * @throws UserError if there are reasons against it; the message tells them
     */
    static void requireActivatable(Codebooks codebooks, String version, boolean force) {
        Optional<String> other =
                codebooks.active().stream()
                        .map(CodebookManifest::getVersion)
                        .filter(one -> !one.equals(version))
                        .findFirst();
        if (other.isPresent() && !force) {
            throw new UserError(
                    ("codebook version %1$s is not made active: retrievers use %2$s, and under %1$s"
                                    + " they might miss items that were indexed before. Publish it without"
                                    + " --activate, then `sidestream codebook backfill %1$s` and `sidestream"
                                    + " codebook promote %1$s`. If you know better, repeat it with --force")
                            .formatted(version, other.get()));
        }
    }

    /**
     * Makes the version that was active before the active one so again.
     *
     * @throws UserError if there are reasons against it; the message tells them
     */
    Move rollback(Situation now, boolean force) {
        Codebooks codebooks = now.codebooks();
        String version =
                codebooks
                        .previous()
                        .orElseThrow(
                                () ->
                                        new UserError(
                                                "there is no version to roll back to: %s"
                                                        .formatted(without(codebooks))));
        CodebookManifest manifest = codebooks.require(version);
        requireNotRetired(manifest);
        List<String> reasons = new ArrayList<>(againstNotLive(now, version));
        reasons.addAll(againstGap(now, version));
        requireNone(
                reasons, force, "codebook version %s is not made active again".formatted(version));
        return new Move(version, codebooks.activating(manifest, topics, now.now()), reasons);
    }

    private static String without(Codebooks codebooks) {
        return codebooks.aliasOrNull() == null
                ? "no version has been active yet; make one so with `sidestream codebook promote`"
                : ("none was active before %s, or it has been retired; choose another with"
                                + " `sidestream codebook promote`")
                        .formatted(codebooks.aliasOrNull().getCodebookVersion());
    }

    /**
     * Takes a version out of use for good.
     *
     * @throws UserError if there are reasons against it; the message tells them
     */
    Move retire(Situation now, String version, boolean force) {
        Codebooks codebooks = now.codebooks();
        CodebookManifest manifest = codebooks.require(version);
        if (manifest.getStatus() == CodebookStatus.RETIRED) {
            return new Move(version, Change.NONE, List.of());
        }
        boolean used =
                codebooks.aliasOrNull() != null
                        && codebooks.aliasOrNull().getCodebookVersion().equals(version);
        if (used || manifest.getStatus() == CodebookStatus.ACTIVE) {
            throw new UserError(
                    ("codebook version %s is what retrievers use, and is not retired: promote"
                                    + " another with `sidestream codebook promote` first")
                            .formatted(version));
        }
        List<String> reasons = new ArrayList<>();
        if (codebooks.previous().filter(version::equals).isPresent()) {
            reasons.add(
                    "it is what `sidestream codebook rollback` would go back to; without it there"
                            + " is no way back from %s"
                                    .formatted(codebooks.aliasOrNull().getCodebookVersion()));
        }
        reasons.addAll(againstBackfill(now, version));
        requireNone(reasons, force, "codebook version %s is not retired".formatted(version));
        return new Move(version, codebooks.retiring(version, now.now()), reasons);
    }

    private static void requireNotRetired(CodebookManifest manifest) {
        if (manifest.getStatus() == CodebookStatus.RETIRED) {
            throw new UserError(
                    ("codebook version %s has been retired, and a retired name never comes back;"
                                    + " publish its codebook under a new name")
                            .formatted(manifest.getVersion()));
        }
    }

    /** A version that has always been alone has missed nothing. */
    private static List<String> againstIncomplete(Codebooks codebooks, CodebookManifest manifest) {
        return manifest.getStatus() == CodebookStatus.SHADOW && codebooks.manifests().size() > 1
                ? List.of(
                        "it has not been backfilled, so that items indexed before it was published"
                                + " have no SID under it; run `sidestream codebook backfill %s`"
                                        .formatted(manifest.getVersion()))
                : List.of();
    }

    private static List<String> againstNotLive(Situation now, String version) {
        Liveness liveness = now.liveness(version);
        if (liveness.everywhere()) {
            return List.of();
        }
        if (liveness.errorOrNull() != null) {
            return List.of("its codebook cannot be loaded: " + liveness.errorOrNull());
        }
        return List.of(
                liveness.subtasks() == 0
                        ? "the indexing job has never said that it assigns items under it; is it"
                                + " running?"
                        : "%d of %d subtasks of the indexing job assign items under it; wait for the others"
                                .formatted(liveness.live(), liveness.subtasks()));
    }

    /** Items that arrived while the codebook could not be loaded, say. */
    private static List<String> againstGap(Situation now, String version) {
        BackfillProgress backfill = now.progress(version).backfillOrNull();
        if (backfill != null && backfill.getPhase() != BackfillPhase.DONE) {
            return List.of(
                    "its backfill is not finished; `sidestream codebook backfill %s` goes on with it"
                            .formatted(version));
        }
        // What has been live from the first item on needs no backfill.
        return now.liveness(version).isCoveredBy(backfill == null ? List.of() : backfill.getUntil())
                ? List.of()
                : List.of(
                        "items have arrived that were not assigned under it; run"
                                + " `sidestream codebook backfill %s`".formatted(version));
    }

    private static List<String> againstOtherItems(Situation now) {
        Completeness found = now.completenessOrNull();
        List<CodebookManifest> active = now.codebooks().active();
        if (active.isEmpty()) {
            return List.of();
        }
        if (found == null || !found.against().equals(active.get(0).getVersion())) {
            return List.of("another version has become active meanwhile; look, and try again");
        }
        if (found.holds()) {
            return List.of();
        }
        if (!found.isKnown()) {
            return List.of(
                    ("whether it is complete cannot be checked: there is no count of its items and"
                                    + " those of %s at the same instant since it was backfilled; is the"
                                    + " indexing job running, and does it count (sidestream.watch.enabled)?")
                            .formatted(found.against()));
        }
        return List.of(
                String.format(
                        Locale.ROOT,
                        "it has %,d items where %s has %,d (both at %s); compare them with"
                                + " `sidestream codebook verify %s`",
                        found.items(),
                        found.against(),
                        found.itemsAgainst(),
                        found.atOrNull(),
                        found.version()));
    }

    private static List<String> againstBackfill(Situation now, String version) {
        return now.progress(version).isBackfilling(now.now())
                ? List.of("it is being backfilled; stop that first (Ctrl-C where it runs)")
                : List.of();
    }

    private static void requireNone(List<String> reasons, boolean force, String what) {
        if (!force && !reasons.isEmpty()) {
            throw new UserError(
                    "%s:%n  %s%nIf you know better, repeat it with --force"
                            .formatted(what, String.join(System.lineSeparator() + "  ", reasons)));
        }
    }
}
