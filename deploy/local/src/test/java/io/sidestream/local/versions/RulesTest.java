package io.sidestream.local.versions;

import static io.sidestream.local.kafka.TestingVersions.AT;
import static io.sidestream.local.kafka.TestingVersions.active;
import static io.sidestream.local.kafka.TestingVersions.backfill;
import static io.sidestream.local.kafka.TestingVersions.codebooks;
import static io.sidestream.local.kafka.TestingVersions.live;
import static io.sidestream.local.kafka.TestingVersions.liveSince;
import static io.sidestream.local.kafka.TestingVersions.manifest;
import static io.sidestream.schema.CodebookStatus.ACTIVE;
import static io.sidestream.schema.CodebookStatus.READY;
import static io.sidestream.schema.CodebookStatus.RETIRED;
import static io.sidestream.schema.CodebookStatus.SHADOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.VersionProgress;
import io.sidestream.local.versions.Rules.Move;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.Topics;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RulesTest {

    private static final Instant NOW = AT.plusSeconds(3600);

    private final Rules rules = new Rules(new Topics(""));
    private final Map<String, VersionProgress> progress = new HashMap<>();

    /** v1 is active, v2 ready, v3 a shadow, v0 retired; v2 was active before v1. */
    private final Codebooks codebooks =
            codebooks(
                    active("v1", "v2"),
                    manifest("v0", RETIRED),
                    manifest("v1", ACTIVE),
                    manifest("v2", READY),
                    manifest("v3", SHADOW));

    private Completeness completeness = new Completeness("v2", "v1", AT, 10, 10);

    RulesTest() {
        for (String version : List.of("v1", "v2", "v3")) {
            progress(version, null, live(version, "a", 0, 1, null));
        }
    }

    @Test
    void promotesWhatIsReadyLiveAndComplete() {
        Move move = promote("v2", false);

        assertThat(move.overruled()).isEmpty();
        assertThat(codebooks.with(move.change()).isTheActiveOne("v2")).isTrue();
    }

    @Test
    void promotesTheOnlyVersionThatThereIs() {
        Codebooks only = codebooks(null, manifest("v2", SHADOW));

        Move move = rules.promote(new Situation(only, progress, null, NOW), "v2", false);

        assertThat(only.with(move.change()).isTheActiveOne("v2")).isTrue();
    }

    @Test
    void saysWhenNothingIsLeftToDo() {
        assertThat(promote("v1", false).isDone()).isTrue();
        assertThat(retire("v0", false).isDone()).isTrue();
    }

    @Test
    void completesAnActivationThatLacksItsAlias() {
        Codebooks withoutAlias = codebooks(null, manifest("v1", ACTIVE));

        Move move = rules.promote(new Situation(withoutAlias, Map.of(), null, NOW), "v1", false);

        assertThat(withoutAlias.with(move.change()).isTheActiveOne("v1")).isTrue();
    }

    @Test
    void doesNotPromoteWhatHasNotBeenBackfilled() {
        completeness = new Completeness("v3", "v1", AT, 10, 10);

        requireArgument(this::promote, "v3", "not been backfilled", "codebook backfill v3");
    }

    @Test
    void doesNotPromoteWhatIsNotLiveEverywhere() {
        progress("v2", null);
        requireArgument(this::promote, "v2", "never said", "is it running?");
        progress("v2", null, live("v2", "a", 0, 2, null));
        requireArgument(this::promote, "v2", "1 of 2 subtasks");
        progress("v2", null, live("v2", "a", 0, 2, null), live("v2", "a", 1, 2, "gone.st is not"));
        requireArgument(this::promote, "v2", "cannot be loaded: gone.st is not");
        progress("v2", null, live("v2", "a", 0, 2, null), live("v2", "b", 1, 2, null));
        requireArgument(this::promote, "v2", "1 of 2 subtasks");
    }

    @Test
    void doesNotPromoteWhatHasMissedItemsAfterItsBackfill() {
        BackfillProgress done = backfill("v2", BackfillPhase.DONE, 1000, AT);
        progress("v2", done, liveSince("v2", "a", 0, 1, 1000, null));
        assertThat(promote("v2", false).overruled()).isEmpty();

        progress("v2", done, liveSince("v2", "b", 0, 1, 1001, null));
        requireArgument(this::promote, "v2", "not assigned under it", "backfill v2`");
        BackfillProgress stopped = backfill("v2", BackfillPhase.STOPPED, 1000, AT);
        progress("v2", stopped, liveSince("v2", "b", 0, 1, 1001, null));
        requireArgument(this::promote, "v2", "backfill is not finished");
        progress("v2", null, liveSince("v2", "b", 0, 1, 1001, null));
        requireArgument(this::promote, "v2", "not assigned under it");
    }

    @Test
    void doesNotPromoteWhatHasOtherItems() {
        completeness = new Completeness("v2", "v1", AT, 9_999, 10_000);

        requireArgument(this::promote, "v2", "9,999 items where v1 has 10,000", AT.toString());
    }

    @Test
    void doesNotPromoteWhatCannotBeCompared() {
        completeness = new Completeness("v2", "v1", null, 0, 0);

        requireArgument(this::promote, "v2", "cannot be checked", "does it count");
    }

    @Test
    void doesNotPromoteOnAComparisonWithAVersionThatIsNoLongerActive() {
        completeness = new Completeness("v2", "v3", AT, 10, 10);

        requireArgument(this::promote, "v2", "meanwhile");
    }

    @Test
    void rollsBackToTheVersionBefore() {
        Move move = rollback(false);

        assertThat(move.version()).isEqualTo("v2");
        Codebooks after = codebooks.with(move.change());
        assertThat(after.isTheActiveOne("v2")).isTrue();
        assertThat(after.previous()).contains("v1");
        progress("v2", null);
        requireArgument((version, force) -> rollback(force), "v2", "never said");
    }

    @Test
    void doesNotRollBackToNothing() {
        Codebooks first = codebooks(active("v1", null), manifest("v1", ACTIVE));
        Codebooks none = codebooks(null, manifest("v1", SHADOW));

        for (boolean force : new boolean[] {false, true}) {
            requireRefused(
                    () -> rules.rollback(new Situation(first, progress, null, NOW), force),
                    "none was active before v1");
            requireRefused(
                    () -> rules.rollback(new Situation(none, progress, null, NOW), force),
                    "no version has been active yet");
        }
    }

    @Test
    void neverBringsARetiredVersionBack() {
        Codebooks toRetired =
                codebooks(active("v1", "v0"), manifest("v0", RETIRED), manifest("v1", ACTIVE));

        requireRefused(() -> promote("v0", true), "v0 has been retired", "under a new name");
        requireRefused(
                () -> rules.rollback(new Situation(toRetired, progress, null, NOW), true),
                "v0 has been retired");
    }

    @Test
    void retiresWhatNobodyNeeds() {
        Move move = retire("v3", false);

        assertThat(codebooks.with(move.change()).require("v3").getStatus()).isEqualTo(RETIRED);
        assertThat(move.change().aliasOrNull()).isNull();
    }

    @Test
    void neverRetiresTheActiveVersion() {
        requireRefused(() -> retire("v1", true), "v1 is what retrievers use", "promote");
        Codebooks aliasAhead = codebooks(active("v2", null), manifest("v2", READY));
        requireRefused(
                () -> rules.retire(new Situation(aliasAhead, progress, null, NOW), "v2", true),
                "v2 is what retrievers use");
    }

    @Test
    void doesNotRetireWhatARollbackWouldGoBackTo() {
        requireArgument(this::retire, "v2", "rollback", "no way back from v1");
    }

    @ParameterizedTest
    @EnumSource
    void doesNotRetireWhatIsBeingBackfilled(BackfillPhase phase) {
        boolean running = phase == BackfillPhase.ASSIGNING || phase == BackfillPhase.INDEXING;

        progress("v3", backfill("v3", phase, 1, NOW.minusSeconds(59)));
        if (running) {
            requireArgument(this::retire, "v3", "is being backfilled");
        } else {
            assertThat(retire("v3", false).overruled()).isEmpty();
        }
        progress("v3", backfill("v3", phase, 1, NOW.minusSeconds(61)));
        assertThat(retire("v3", false).overruled()).as("nothing heard for long").isEmpty();
    }

    @Test
    void saysWhichVersionsThereAre() {
        requireRefused(() -> promote("v9", true), "no codebook version v9", "v0, v1, v2, v3");
        requireRefused(() -> retire("v9", true), "no codebook version v9", "v0, v1, v2, v3");
    }

    @Test
    void activatesByPublishingOnlyWhereRetrieversMissNothing() {
        assertThatCode(() -> Rules.requireActivatable(codebooks, "v1", false))
                .doesNotThrowAnyException();
        assertThatCode(() -> Rules.requireActivatable(codebooks(null), "v1", false))
                .doesNotThrowAnyException();
        assertThatCode(() -> Rules.requireActivatable(codebooks, "v9", true))
                .doesNotThrowAnyException();
        requireRefused(
                () -> {
                    Rules.requireActivatable(codebooks, "v9", false);
                    return null;
                },
                "v9 is not made active: retrievers use v1",
                "backfill v9",
                "--force");
    }

    private Move promote(String version, boolean force) {
        return rules.promote(situation(), version, force);
    }

    private Move rollback(boolean force) {
        return rules.rollback(situation(), force);
    }

    private Move retire(String version, boolean force) {
        return rules.retire(situation(), version, force);
    }

    private Situation situation() {
        return new Situation(codebooks, progress, completeness, NOW);
    }

    private void progress(String version, BackfillProgress backfillOrNull, LiveReport... live) {
        progress.put(version, new VersionProgress(List.of(live), backfillOrNull, null));
    }

    /** Refused, unless somebody knows better. */
    private static void requireArgument(
            BiFunction<String, Boolean, Move> rule, String version, String... words) {
        assertThatThrownBy(() -> rule.apply(version, false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("codebook version %s is not".formatted(version))
                .hasMessageContaining("--force")
                .hasMessageContainingAll(words);
        Move forced = rule.apply(version, true);
        assertThat(forced.isDone()).isFalse();
        assertThat(forced.overruled())
                .singleElement()
                .satisfies(reason -> assertThat(reason).contains(words));
    }

    private interface Attempt {
        Move make();
    }

    private static void requireRefused(Attempt attempt, String... words) {
        assertThatThrownBy(attempt::make)
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(words);
    }
}
