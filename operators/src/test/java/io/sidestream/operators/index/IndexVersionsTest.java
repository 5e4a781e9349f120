package io.sidestream.operators.index;

import static io.sidestream.operators.control.TestingChanges.forgotten;
import static io.sidestream.operators.control.TestingChanges.live;
import static io.sidestream.operators.control.TestingChanges.retired;
import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.index.TestingIndex.BUCKETS;
import static io.sidestream.operators.index.TestingIndex.arrival;
import static io.sidestream.operators.index.TestingIndex.backfilled;
import static io.sidestream.operators.index.TestingIndex.codes;
import static io.sidestream.operators.index.TestingIndex.deletion;
import static io.sidestream.operators.index.TestingIndex.offset;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Place;
import io.sidestream.operators.sweep.SweepOptions;
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

/** Codebook versions that are filled by a backfill, and that retire. */
@ParameterizedClass
@EnumSource
class IndexVersionsTest {

    /** Ten items a second, in slices of a second. */
    private static final SweepOptions SLOW = new SweepOptions(Duration.ofSeconds(1), 1, 10);

    @Parameter private TestingBackend backend;
    private TestingIndex index;

    @BeforeEach
    void open() throws Exception {
        index = new TestingIndex(backend, 1, 0);
        index.harness.open();
        index.receive(live("v1"));
        index.receive(live("v2"));
    }

    @AfterEach
    void close() throws Exception {
        index.close();
    }

    @Test
    void addsAnItemUnderABackfilledVersion() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2)));
        index.receive(backfilled("a", 7, codes("v2", 3)));

        assertThat(index.emitted())
                .containsExactly(
                        "JOIN v1[1, 2] a#1 NEW [1, 2] r7", "JOIN v2[3] a#2 BACKFILL [3] r7");
        assertThat(index.known("a")).isEqualTo("r7 #2 v1[1, 2] v2[3]");
    }

    @Test
    void countsABackfilledItemAsLiveButNotAsArriving() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2)));
        index.receive(backfilled("a", 7, codes("v2", 3)));

        assertThat(index.counted())
                .containsEntry("v2 standing items", 1L)
                .containsEntry("v2 standing 1:3", 1L)
                .doesNotContainKey("v2 arrivals items");
    }

    @Test
    void keepsTheRevisionThatABackfilledItemHas() throws Exception {
        index.receive(arrival("a", 7, 40L, codes("v1", 1)));
        index.receive(
                new AssignedItem(
                        "a",
                        AssignedItem.Source.BACKFILL,
                        new Place(0, 7),
                        40L,
                        5,
                        List.of(codes("v2", 3))));

        assertThat(index.emitted()).last().isEqualTo("JOIN v2[3] a#2 BACKFILL [3] r40");
        assertThat(index.known("a")).isEqualTo("r40! #2 v1[1] v2[3]");
        index.receive(arrival("a", 9, 39L, codes("v1", 1)));
        assertThat(index.known("a")).as("an older one is stale").startsWith("r40! #2");
    }

    @Test
    void takesTheSameCodesOfABackfillOnce() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(backfilled("a", 7, codes("v2", 3)));
        index.receive(backfilled("a", 7, codes("v2", 3)));

        assertThat(index.emitted()).hasSize(2);
        assertThat(index.known("a")).isEqualTo("r7 #2 v1[1] v2[3]");
        assertThat(index.counted()).containsEntry("v2 standing items", 1L);
    }

    @Test
    void dropsCodesOfAnEmbeddingThatWasSuperseded() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(offset("a", 9, codes("v1", 1), codes("v2", 4)));
        index.receive(backfilled("a", 7, codes("v2", 3)));

        assertThat(index.known("a")).isEqualTo("r9 #2 v1[1] v2[4]");
    }

    @Test
    void dropsCodesOfAnEmbeddingThatWasSupersededByAnEqualOne() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(offset("a", 9, codes("v1", 1)));
        index.receive(backfilled("a", 7, codes("v2", 3)));
        assertThat(index.known("a")).isEqualTo("r9 #1 v1[1]");

        index.receive(backfilled("a", 9, codes("v2", 3)));
        assertThat(index.known("a")).isEqualTo("r9 #2 v1[1] v2[3]");
    }

    @Test
    void takesCodesOfTheEmbeddingThatAStaleOneDidNotReplace() throws Exception {
        index.receive(arrival("a", 7, 40L, codes("v1", 1)));
        index.receive(arrival("a", 9, 39L, codes("v1", 2)));
        index.receive(backfilled("a", 9, codes("v2", 3)));
        assertThat(index.known("a")).isEqualTo("r40! #1 v1[1]");

        index.receive(arrival("a", 11, 38L, codes("v1", 2)));
        AssignedItem last = backfilled("a", 7, codes("v2", 3));
        index.receive(
                new AssignedItem("a", last.source(), last.place(), 40L, 0, last.assignments()));
        assertThat(index.known("a")).isEqualTo("r40! #2 v1[1] v2[3]");
    }

    @Test
    void doesNotBringADeletedItemBackByABackfill() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(deletion("a", 8));
        index.receive(backfilled("a", 7, codes("v2", 3)));
        index.receive(backfilled("a", 8, codes("v2", 3)));
        index.receive(backfilled("never", 1, codes("v2", 3)));

        assertThat(index.emitted()).hasSize(2);
        assertThat(index.known("a")).isEqualTo("r8 #2 deleted");
        assertThat(index.items()).containsOnlyKeys("a");
        index.receive(offset("a", 9, codes("v1", 1)));
        index.receive(backfilled("a", 7, codes("v2", 3)));
        assertThat(index.known("a")).as("another embedding").isEqualTo("r9 #3 v1[1]");
    }

    @Test
    void tellsPartitionsApart() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(
                new AssignedItem(
                        "a",
                        AssignedItem.Source.BACKFILL,
                        new Place(1, 7),
                        null,
                        0,
                        List.of(codes("v2", 3))));

        assertThat(index.known("a")).isEqualTo("r7 #1 v1[1]");
    }

    @Test
    void dropsCodesOfARetiredVersion() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(retired("v2"));
        index.receive(backfilled("a", 7, codes("v2", 3)));

        assertThat(index.emitted()).hasSize(1);
        assertThat(index.known("a")).isEqualTo("r7 #1 v1[1]");
    }

    /** After a restore, the records of both topics come anew, in whatever order. */
    @Test
    void takesCodesOfAVersionThatItIsToHearOf() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(backfilled("a", 7, codes("v2", 3)));

        assertThat(index.known("a")).isEqualTo("r7 #2 v1[1] v2[3]");
    }

    @Test
    void letsABackfilledItemFollowThePlanInForce() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.enforce(plan("v2", 4, 2, 5));
        index.receive(backfilled("a", 7, codes("v2", 3, 5)));
        index.sweep();

        assertThat(index.known("a")).isEqualTo("r7 #2 v1[1] v2[3, -1]");
    }

    @Test
    void correctsWhatAGapHasLeftBehind() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 3)));
        index.receive(offset("a", 2, codes("v1", 2))); // v2 could not be loaded
        index.receive(backfilled("a", 2, codes("v2", 4)));

        assertThat(index.emitted())
                .endsWith("LEAVE v2[3] a#3 BACKFILL [4] r2", "JOIN v2[4] a#3 BACKFILL [4] r2");
    }

    @Test
    void takesARetiredVersionOutOfEveryItem() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 3)));
        index.receive(offset("b", 2, codes("v2", 3)));
        index.receive(offset("c", 3, codes("v1", 1)));
        index.receive(offset("d", 4, codes("v2", 4)));
        index.receive(deletion("d", 5));
        index.enforce(plan("v2", 1, 1, 9));
        index.sweep();
        index.emittedAnew();
        index.receive(retired("v2"));
        assertThat(index.traces("v2")).as("it takes a sweep").contains("item a", "item b");
        index.sweep();

        assertThat(index.emittedAnew()).as("nothing is published of it").isEmpty();
        assertThat(index.traces("v2")).isEmpty();
        assertThat(index.known("a")).isEqualTo("r1 #1 v1[1]");
        assertThat(index.known("b")).isEqualTo("r2 #1");
        assertThat(index.known("d")).isEqualTo("r5 #2 deleted");
        assertThat(index.counted())
                .containsEntry("v2 erased INDEX run 0 buckets", (long) BUCKETS.count())
                .containsEntry("v2 erased INDEX entries", 2L);
    }

    @Test
    void erasesAForgottenVersionAsItDoesARetiredOne() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 3)));
        index.receive(forgotten("v2"));
        index.sweep();
        index.receive(retired("v2"));
        index.sweep();

        assertThat(index.traces("v2")).isEmpty();
        assertThat(index.counted())
                .as("once")
                .containsEntry("v2 erased INDEX run 0 buckets", (long) BUCKETS.count());
    }

    @Test
    void ignoresWhatStillComesOfARetiredVersion() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 3)));
        index.receive(retired("v2"));
        index.receive(offset("a", 2, codes("v1", 1), codes("v2", 4)));
        index.receive(offset("b", 3, codes("v1", 1), codes("v2", 4)));
        index.enforce(plan("v2", 1, 1, 3));
        index.sweep();
        index.receive(offset("c", 4, codes("v2", 4)));

        assertThat(index.emitted())
                .containsExactly(
                        "JOIN v1[1] a#1 NEW [1] r1",
                        "JOIN v2[3] a#1 NEW [3] r1",
                        "JOIN v1[1] b#1 NEW [1] r3");
        assertThat(index.traces("v2")).isEmpty();
        index.receive(offset("c", 5, codes("v1", 1)));
        assertThat(index.emitted()).last().isEqualTo("JOIN v1[1] c#1 NEW [1] r5");
    }

    @Test
    void deletesAnItemOnlyWhereItIsNotErased() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 3)));
        index.receive(retired("v2"));
        index.emittedAnew();
        index.receive(deletion("a", 2));
        index.sweep();

        assertThat(index.emittedAnew()).containsExactly("DELETE v1[1] a#2 DELETED [] r1");
        assertThat(index.traces("v2")).isEmpty();
    }

    @Test
    void breaksOffTheSweepOfAPlanWhenTheVersionRetires() throws Exception {
        try (TestingIndex slow = new TestingIndex(backend, SLOW, 1, 0)) {
            slow.harness.open();
            slow.receive(live("v2"));
            for (int i = 0; i < 100; i++) {
                slow.receive(offset("item-" + i, i, codes("v2", 1, 2)));
            }
            slow.enforce(plan("v2", 1, 2, 2));
            slow.harness.setProcessingTime(2_000);
            assertThat(slow.traces("v2")).contains("mark of a sweep", "plans", "item item-0");
            slow.receive(retired("v2"));
            slow.emittedAnew();
            slow.sweepToTheEnd();

            assertThat(slow.emittedAnew()).isEmpty();
            assertThat(slow.traces("v2")).isEmpty();
            assertThat(slow.counted())
                    .containsEntry("v2 erased INDEX run 0 buckets", (long) BUCKETS.count())
                    .containsEntry("v2 erased INDEX entries", 100L);
        }
    }

    @Test
    void erasesNothingAgainAfterARestore() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 3)));
        index.receive(retired("v2"));
        index.sweep();
        index.tallies();
        OperatorSubtaskState state = index.harness.snapshot(8, 8);

        try (TestingIndex restored = new TestingIndex(backend, 1, 0)) {
            restored.restore(state, 8);

            assertThat(restored.counted())
                    .as("tells all that is done once in each run")
                    .isEqualTo(Map.of("v2 erased INDEX run 8 buckets", (long) BUCKETS.count()));
            assertThat(restored.harness.getProcessingTimeService().getNumActiveTimers())
                    .as("timers of a sweep")
                    .isZero();
            restored.receive(backfilled("a", 1, codes("v2", 3)));
            restored.receive(offset("a", 2, codes("v2", 3)));
            assertThat(restored.emitted()).isEmpty();
            assertThat(restored.traces("v2")).isEmpty();
        }
    }
}
