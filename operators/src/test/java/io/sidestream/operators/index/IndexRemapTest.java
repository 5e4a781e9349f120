package io.sidestream.operators.index;

import static io.sidestream.operators.control.TestingRemaps.DECIDED_AT;
import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.control.TestingRemaps.request;
import static io.sidestream.operators.control.TestingRemaps.step;
import static io.sidestream.operators.index.TestingIndex.BUCKETS;
import static io.sidestream.operators.index.TestingIndex.codes;
import static io.sidestream.operators.index.TestingIndex.deletion;
import static io.sidestream.operators.index.TestingIndex.explicit;
import static io.sidestream.operators.index.TestingIndex.offset;
import static io.sidestream.schema.PlanStatus.APPLIED;
import static io.sidestream.schema.PlanStatus.APPLYING;
import static io.sidestream.schema.PlanStatus.APPROVED;
import static io.sidestream.schema.PlanStatus.PLANNED;
import static io.sidestream.schema.PlanStatus.REJECTED;
import static io.sidestream.schema.PlanStatus.SUPERSEDED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.UpdateReason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What remap plans do to items, and what is counted meanwhile. */
@ParameterizedClass
@EnumSource
class IndexRemapTest {

    /** Ten items a second, in slices of a second. */
    private static final SweepOptions SLOW = new SweepOptions(Duration.ofSeconds(1), 1, 10);

    @Parameter private TestingBackend backend;
    private TestingIndex index;

    @BeforeEach
    void open() throws Exception {
        index = new TestingIndex(backend, 1, 0);
        index.harness.open();
    }

    @AfterEach
    void close() throws Exception {
        index.close();
    }

    @Test
    void movesAnIndexedItemWhoseTokenIsOfTheHead() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2, 3)));
        index.receive(offset("b", 8, codes("v1", 1, 4, 3)));
        index.emittedAnew();

        index.enforce(plan("v1", 1, 2, 2));
        assertThat(index.emittedAnew()).as("it takes a sweep to get there").isEmpty();
        index.sweep();

        assertThat(index.emittedAnew())
                .containsExactly(
                        "LEAVE v1[1, 2, 3] a#2 REMAP [1, 2, 3] r7",
                        "JOIN v1[1, -1, 3] a#2 REMAP [1, 2, 3] r7");
        assertThat(index.known("a")).isEqualTo("r7 #2 v1[1, -1, 3]");
        assertThat(index.known("b")).isEqualTo("r8 #1 v1[1, 4, 3]");
    }

    @Test
    void tellsOfTheMoveThatThePlanMadeItAndWhen() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2)));
        index.enforce(plan("v1", 4, 2, 2));
        index.sweep();

        List<PathChange> changes = index.harness.extractOutputValues();
        assertThat(changes.get(0).item().remapEpoch()).isZero();
        assertThat(changes.subList(1, 3))
                .allSatisfy(
                        change -> {
                            assertThat(change.item().reason()).isEqualTo(UpdateReason.REMAP);
                            assertThat(change.item().remapEpoch()).isEqualTo(4);
                            assertThat(change.item().eventTime())
                                    .isEqualTo(DECIDED_AT.toEpochMilli());
                        });
    }

    @Test
    void letsArrivalsFollowAPlanAtOnce() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.enforce(plan("v1", 1, 2, 2));
        index.receive(offset("a", 2, codes("v1", 1, 2)));
        index.receive(offset("b", 3, codes("v1", 9, 2)));
        index.receive(offset("c", 4, codes("v1", 9, 3)));

        assertThat(index.emittedAnew())
                .containsExactly(
                        "JOIN v1[1, 2] a#1 NEW [1, 2] r1",
                        "LEAVE v1[1, 2] a#2 REMAP [1, 2] r2",
                        "JOIN v1[1, -1] a#2 REMAP [1, 2] r2",
                        "JOIN v1[9, -1] b#1 NEW [9, 2] r3",
                        "JOIN v1[9, 3] c#1 NEW [9, 3] r4");
        index.sweep();
        assertThat(index.emittedAnew()).as("nothing is left to do").isEmpty();
        assertThat(index.counted()).doesNotContainKey("v1 sweep 1 moved");
    }

    @Test
    void saysThatTheEmbeddingChangedWhereThePlanHasTooAndThenSweepsNoMore() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.enforce(plan("v1", 1, 2, 2, 3));
        index.receive(offset("a", 2, codes("v1", 1, 3)));
        index.sweep();

        assertThat(index.emitted())
                .endsWith(
                        "LEAVE v1[1, 2] a#2 EMBEDDING_CHANGED [1, 3] r2",
                        "JOIN v1[1, -1] a#2 EMBEDDING_CHANGED [1, 3] r2");
        assertThat(index.known("a")).isEqualTo("r2 #2 v1[1, -1]");
    }

    @Test
    void leavesAnItemOnItsPathWhenOnlyTheDroppedTokenChanges() throws Exception {
        index.enforce(plan("v1", 1, 2, 2, 3));
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.receive(offset("a", 2, codes("v1", 1, 3)));

        assertThat(index.emitted())
                .containsExactly(
                        "JOIN v1[1, -1] a#1 NEW [1, 2] r1",
                        "STAY v1[1, -1] a#2 EMBEDDING_CHANGED [1, 3] r2");
        assertThat(index.counted())
                .containsEntry("v1 standing 2:3", 1L)
                .doesNotContainKey("v1 standing 2:2");
    }

    @Test
    void deletesAnItemFromThePathThatItIsOn() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.receive(offset("b", 2, codes("v1", 1, 2)));
        index.enforce(plan("v1", 1, 2, 2));
        index.receive(deletion("a", 3)); // before the sweep has reached it
        index.sweep();
        index.receive(deletion("b", 4));

        assertThat(index.emitted())
                .containsSubsequence("DELETE v1[1, 2] a#2 DELETED [] r1")
                .endsWith("DELETE v1[1, -1] b#3 DELETED [] r2");
        index.enforce(plan("v1", 2, 2));
        index.emittedAnew();
        index.sweep();
        assertThat(index.emittedAnew()).as("the dead are left alone").isEmpty();
    }

    @Test
    void givesItemsTheirTokensBackUnderAnEmptyPlan() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.enforce(plan("v1", 1, 2, 2));
        index.sweep();
        index.emittedAnew();
        index.enforce(plan("v1", 2, 2));
        index.sweep();

        assertThat(index.emittedAnew())
                .containsExactly(
                        "LEAVE v1[1, -1] a#3 REMAP [1, 2] r1", "JOIN v1[1, 2] a#3 REMAP [1, 2] r1");
        assertThat(index.known("a")).isEqualTo("r1 #3 v1[1, 2]");
    }

    @Test
    void movesOnlyTheItemsThatTwoPlansTellApart() throws Exception {
        for (int token = 0; token < 5; token++) {
            index.receive(offset("item-" + token, 1, codes("v1", 7, token)));
        }
        index.enforce(plan("v1", 1, 2, 0, 1, 2));
        index.sweep();
        index.emittedAnew();
        index.enforce(plan("v1", 2, 2, 1, 2, 3));
        index.sweep();

        assertThat(index.emittedAnew())
                .containsExactlyInAnyOrder(
                        "LEAVE v1[7, -1] item-0#3 REMAP [7, 0] r1",
                        "JOIN v1[7, 0] item-0#3 REMAP [7, 0] r1",
                        "LEAVE v1[7, 3] item-3#2 REMAP [7, 3] r1",
                        "JOIN v1[7, -1] item-3#2 REMAP [7, 3] r1");
        assertThat(index.counted())
                .containsEntry("v1 sweep 1 buckets", (long) BUCKETS.count())
                .containsEntry("v1 sweep 1 moved", 3L)
                .containsEntry("v1 sweep 2 buckets", (long) BUCKETS.count())
                .containsEntry("v1 sweep 2 moved", 2L);
    }

    @Test
    void movesAnItemFromOneDroppedLayerToAnother() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2, 3)));
        index.enforce(plan("v1", 1, 2, 2));
        index.sweep();
        index.enforce(plan("v1", 2, 3, 3));
        index.sweep();

        assertThat(index.emitted())
                .endsWith(
                        "LEAVE v1[1, -1, 3] a#3 REMAP [1, 2, 3] r1",
                        "JOIN v1[1, 2, -1] a#3 REMAP [1, 2, 3] r1");
    }

    @Test
    void dropsAWholeLayerEvenTheOnlyOne() throws Exception {
        index.receive(offset("a", 1, codes("v1", 0)));
        index.receive(offset("b", 1, codes("v1", 1)));
        index.enforce(plan("v1", 1, 1, 0, 1));
        index.sweep();

        assertThat(index.known("a")).isEqualTo("r1 #2 v1[-1]");
        assertThat(index.known("b")).isEqualTo("r1 #2 v1[-1]");
    }

    @Test
    void changesNothingByAPlanForALayerThatTheCodebookDoesNotHave() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.enforce(plan("v1", 1, 3, 0, 1, 2));
        index.sweep();
        index.receive(offset("b", 1, codes("v1", 1, 2)));

        assertThat(index.known("a")).isEqualTo("r1 #1 v1[1, 2]");
        assertThat(index.known("b")).isEqualTo("r1 #1 v1[1, 2]");
        assertThat(index.counted())
                .as("and yet the plan is carried out")
                .containsEntry("v1 sweep 1 buckets", (long) BUCKETS.count());
    }

    @Test
    void sweepsAVersionWithoutItemsToo() throws Exception {
        index.enforce(plan("v1", 1, 2, 0));
        index.sweep();

        assertThat(index.counted()).isEqualTo(Map.of("v1 sweep 1 buckets", (long) BUCKETS.count()));
    }

    @Test
    void appliesAPlanToItsVersionOnlyWithOneSequenceForAll() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2), codes("v2", 1, 2)));
        index.enforce(plan("v2", 1, 2, 2));
        index.enforce(plan("v1", 7, 1, 1));
        index.sweep();

        assertThat(index.emitted())
                .endsWith(
                        "LEAVE v2[1, 2] a#2 REMAP [1, 2] r1",
                        "JOIN v2[1, -1] a#2 REMAP [1, 2] r1",
                        "LEAVE v1[1, 2] a#3 REMAP [1, 2] r1",
                        "JOIN v1[-1, 2] a#3 REMAP [1, 2] r1");
        assertThat(index.known("a")).isEqualTo("r1 #3 v1[-1, 2] v2[1, -1]");
        index.receive(offset("a", 2, codes("v1", 1, 2), codes("v2", 1, 2)));
        assertThat(index.known("a")).isEqualTo("r2 #3 v1[-1, 2] v2[1, -1]");
    }

    @Test
    void waitsForAPlanToBePutInForce() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.receive(plan("v1", 1, 2, 2));
        index.receive(step("v1", 1, PLANNED));
        index.receive(step("v1", 1, APPROVED));
        index.receive(step("v1", 9, APPLYING)); // another one, that nobody knows
        index.sweep();
        index.receive(offset("b", 1, codes("v1", 1, 2)));
        assertThat(index.known("b")).isEqualTo("r1 #1 v1[1, 2]");

        index.receive(step("v1", 1, APPLYING));
        index.sweep();
        assertThat(index.known("a")).isEqualTo("r1 #2 v1[1, -1]");
    }

    @Test
    void doesNotFollowAPlanThatWasRejectedOrSuperseded() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.receive(plan("v1", 1, 2, 2));
        index.receive(step("v1", 1, REJECTED));
        index.receive(step("v1", 1, APPLYING));
        index.receive(plan("v1", 2, 1, 1));
        index.receive(step("v1", 2, SUPERSEDED));
        index.receive(step("v1", 2, APPLYING));
        index.sweep();

        assertThat(index.known("a")).isEqualTo("r1 #1 v1[1, 2]");
    }

    @Test
    void doesNotSweepAgainForARecordThatTellsNothingNew() throws Exception {
        index.enforce(plan("v1", 1, 2, 2));
        index.sweep();
        index.receive(step("v1", 1, APPLYING)); // how far it has come
        index.receive(step("v1", 1, APPLIED));
        index.receive(plan("v1", 1, 1, 1));
        index.receive(step("v1", 1, APPLYING));
        index.sweep();

        assertThat(index.counted()).containsEntry("v1 sweep 1 buckets", (long) BUCKETS.count());
        assertThat(index.harness.getProcessingTimeService().getNumActiveTimers()).isZero();
    }

    @Test
    void leavesRequestsToOthers() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        index.receive(request("v1", "r", RemapAction.APPLY).build());
        index.sweep();

        assertThat(index.emitted()).hasSize(1);
        assertThat(index.known("a")).isEqualTo("r1 #1 v1[1, 2]");
    }

    @Test
    void sweepsBucketByBucketWithinItsLimitWhileInputGoesOn() throws Exception {
        try (TestingIndex slow = new TestingIndex(backend, SLOW, 1, 0)) {
            slow.harness.open();
            for (int i = 0; i < 100; i++) {
                slow.receive(offset("item-" + i, i, codes("v1", 1, 2)));
            }
            slow.emittedAnew();
            slow.enforce(plan("v1", 1, 2, 2));
            int moved = 0;
            int seconds = 0;
            while (moved < 100) {
                slow.harness.setProcessingTime(seconds++ * 1_000L);
                int more = slow.emittedAnew().size() / 2;
                assertThat(more).as("items moved in second %d", seconds).isLessThan(30);
                moved += more;
                slow.receive(offset("new-" + seconds, seconds, codes("v1", 1, 2)));
                assertThat(slow.emittedAnew())
                        .as("input goes on")
                        .containsExactly(
                                "JOIN v1[1, -1] new-%d#1 NEW [1, 2] r%<d".formatted(seconds));
            }
            assertThat(seconds).as("for 100 items and more").isBetween(9, 25);
            slow.sweepToTheEnd();
            assertThat(slow.counted())
                    .containsEntry("v1 sweep 1 buckets", (long) BUCKETS.count())
                    .containsEntry("v1 sweep 1 moved", 100L);
        }
    }

    @Test
    void goesOnWithASweepWhereTheCheckpointLeftIt() throws Exception {
        OperatorSubtaskState state;
        long movedBefore;
        try (TestingIndex slow = new TestingIndex(backend, SLOW, 1, 0)) {
            slow.harness.open();
            for (int i = 0; i < 100; i++) {
                slow.receive(offset("item-" + i, i, codes("v1", 1, 2)));
            }
            slow.enforce(plan("v1", 1, 2, 2));
            slow.harness.setProcessingTime(2_000);
            Map<String, Long> counted = slow.counted();
            movedBefore = counted.get("v1 sweep 1 moved");
            assertThat(counted.get("v1 sweep 1 buckets")).isBetween(1L, BUCKETS.count() - 1L);
            state = slow.harness.snapshot(1, 1);
        }
        try (TestingIndex restored = new TestingIndex(backend, 1, 0)) {
            restored.restore(state);
            restored.receive(offset("new", 200, codes("v1", 1, 2)));
            assertThat(restored.emittedAnew())
                    .as("the plan is in force from the beginning")
                    .containsExactly("JOIN v1[1, -1] new#1 NEW [1, 2] r200");
            restored.sweep();

            assertThat(restored.emitted()).hasSize(2 * (int) (100 - movedBefore));
            assertThat(restored.counted()).containsEntry("v1 sweep 1 moved", 100 - movedBefore);
            for (int i = 0; i < 100; i++) {
                assertThat(restored.known("item-" + i)).isEqualTo("r%d #2 v1[1, -1]", i);
            }
        }
    }

    @Test
    void breaksASweepOffForTheNextPlanAndReachesEveryBucketOnceForThatOne() throws Exception {
        try (TestingIndex slow = new TestingIndex(backend, SLOW, 1, 0)) {
            slow.harness.open();
            for (int i = 0; i < 100; i++) {
                slow.receive(offset("item-" + i, i, codes("v1", i % 2, 2)));
            }
            slow.enforce(plan("v1", 1, 2, 2));
            slow.harness.setProcessingTime(2_000);
            slow.enforce(plan("v1", 2, 1, 0));
            slow.sweepToTheEnd();

            Map<String, Long> counted = slow.counted();
            assertThat(counted).containsEntry("v1 sweep 2 buckets", (long) BUCKETS.count());
            assertThat(counted.get("v1 sweep 1 buckets")).isLessThan(BUCKETS.count());
            for (int i = 0; i < 100; i++) {
                assertThat(slow.known("item-" + i)).endsWith(i % 2 == 0 ? "v1[-1, 2]" : "v1[1, 2]");
            }
        }
    }

    @Test
    void countsEveryLiveItemOnceUnderItsLastCodes() throws Exception {
        index.receive(offset("a", 1, embedded("v1", new int[] {1, 2}, 10, 5)));
        index.receive(offset("b", 2, embedded("v1", new int[] {1, 3}, 20, -1)));
        index.receive(offset("a", 3, embedded("v1", new int[] {4, 2}, 30, 6)));
        index.receive(deletion("b", 4));

        assertThat(index.counted())
                .isEqualTo(
                        Map.ofEntries(
                                Map.entry("v1 standing items", 1L),
                                Map.entry("v1 standing 1:4", 1L),
                                Map.entry("v1 standing 2:2", 1L),
                                Map.entry("v1 standing residuals 1", 30L),
                                Map.entry("v1 standing residuals 2", 6L),
                                Map.entry("v1 arrivals items", 3L),
                                Map.entry("v1 arrivals 1:1", 2L),
                                Map.entry("v1 arrivals 1:4", 1L),
                                Map.entry("v1 arrivals 2:2", 2L),
                                Map.entry("v1 arrivals 2:3", 1L),
                                Map.entry("v1 arrivals residuals 1", 60L),
                                Map.entry("v1 arrivals residuals 2", 11L + 0xFFFF_FFFFL)));
    }

    @Test
    void countsTheResidualsOfAnEmbeddingThatChangesNothingElse() throws Exception {
        index.receive(offset("a", 1, embedded("v1", new int[] {1}, 10)));
        index.receive(offset("a", 2, embedded("v1", new int[] {1}, 70)));

        assertThat(index.emitted()).hasSize(1);
        assertThat(index.counted())
                .containsEntry("v1 standing items", 1L)
                .containsEntry("v1 standing residuals 1", 70L)
                .containsEntry("v1 arrivals items", 2L);
        index.receive(deletion("a", 3));
        assertThat(index.counted()).doesNotContainKey("v1 standing residuals 1");
    }

    @Test
    void doesNotCountWhatIsStaleOrTwiceDeleted() throws Exception {
        index.receive(explicit("a", 5, codes("v1", 1)));
        index.receive(explicit("a", 4, codes("v1", 2)));
        index.receive(deletion("a", 9));
        index.receive(deletion("a", 10));
        index.receive(deletion("never", 11));

        assertThat(index.counted())
                .isEqualTo(Map.of("v1 arrivals items", 1L, "v1 arrivals 1:1", 1L));
    }

    @Test
    void countsRawCodesSoThatAPlanChangesNoCount() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1, 2)));
        Map<String, Long> before = Map.copyOf(index.counted());
        index.enforce(plan("v1", 1, 2, 2));
        index.sweep();

        Map<String, Long> after = index.counted();
        after.keySet().removeIf(name -> name.contains("sweep"));
        assertThat(after).isEqualTo(before);
    }

    private static Assignment embedded(String version, int[] codes, int... residuals) {
        return new Assignment(version, codes, residuals);
    }
}
