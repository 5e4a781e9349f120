package io.sidestream.operators.index;

import static io.sidestream.operators.TestingOptions.COMBINE;
import static io.sidestream.operators.TestingOptions.SWEEP;
import static io.sidestream.operators.index.TestingIndex.MAX_PARALLELISM;
import static io.sidestream.operators.index.TestingIndex.codes;
import static io.sidestream.operators.index.TestingIndex.deletion;
import static io.sidestream.operators.index.TestingIndex.explicit;
import static io.sidestream.operators.index.TestingIndex.offset;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Place;
import io.sidestream.operators.combine.CombineOptions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class IndexTest {

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
    void joinsANewItemToItsPath() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2)));

        assertThat(index.emitted()).containsExactly("JOIN v1[1, 2] a#1 NEW [1, 2] r7");
        assertThat(index.known("a")).isEqualTo("r7 #1 v1[1, 2]");
    }

    @Test
    void emitsNothingForAnUnchangedItemButRemembersItsRevision() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2)));
        index.receive(offset("a", 9, codes("v1", 1, 2)));

        assertThat(index.emitted()).hasSize(1);
        assertThat(index.known("a")).isEqualTo("r9 #1 v1[1, 2]");
    }

    @Test
    void movesAChangedItemFromTheOldPathToTheNewOne() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2)));
        index.receive(offset("a", 9, codes("v1", 1, 3)));

        assertThat(index.emitted())
                .containsExactly(
                        "JOIN v1[1, 2] a#1 NEW [1, 2] r7",
                        "LEAVE v1[1, 2] a#2 EMBEDDING_CHANGED [1, 3] r9",
                        "JOIN v1[1, 3] a#2 EMBEDDING_CHANGED [1, 3] r9");
        assertThat(index.known("a")).isEqualTo("r9 #2 v1[1, 3]");
    }

    @Test
    void keepsTheEventTimeOfTheArrival() throws Exception {
        index.receive(
                new AssignedItem(
                        "a",
                        AssignedItem.Source.ARRIVAL,
                        new Place(0, 7),
                        null,
                        123_456L,
                        List.of(codes("v1", 1))));

        assertThat(index.harness.extractOutputValues().get(0).item().eventTime())
                .isEqualTo(123_456L);
    }

    @Test
    void ignoresAStaleRevision() throws Exception {
        index.receive(explicit("a", 7, codes("v1", 1, 2)));
        index.receive(explicit("a", 6, codes("v1", 5, 5)));

        assertThat(index.emitted()).hasSize(1);
        assertThat(index.known("a")).isEqualTo("r7! #1 v1[1, 2]");
    }

    @Test
    void takesTheLaterOfTwoEqualRevisions() throws Exception {
        index.receive(explicit("a", 7, codes("v1", 1, 2)));
        index.receive(explicit("a", 7, codes("v1", 1, 3)));

        assertThat(index.known("a")).isEqualTo("r7! #2 v1[1, 3]");
    }

    @Test
    void takesTheLaterArrivalWithoutARevisionEvenAtALowerOffset() throws Exception {
        index.receive(offset("a", 1_000, codes("v1", 1)));
        index.receive(offset("a", 5, codes("v1", 2))); // the topic was made anew

        assertThat(index.known("a")).isEqualTo("r5 #2 v1[2]");
    }

    @Test
    void takesTheLaterOfAnExplicitRevisionAndAnOffset() throws Exception {
        index.receive(explicit("a", 1_000, codes("v1", 1)));
        index.receive(offset("a", 5, codes("v1", 2)));
        assertThat(index.known("a")).isEqualTo("r5 #2 v1[2]");

        index.receive(explicit("a", 1, codes("v1", 3)));
        assertThat(index.known("a")).isEqualTo("r1! #3 v1[3]");
    }

    @Test
    void ordersNegativeRevisions() throws Exception {
        index.receive(explicit("a", -5, codes("v1", 1)));
        index.receive(explicit("a", Long.MIN_VALUE, codes("v1", 2)));
        index.receive(explicit("a", -4, codes("v1", 3)));

        assertThat(index.known("a")).isEqualTo("r-4! #2 v1[3]");
    }

    @Test
    void takesADeletedItemFromItsPathAndRemembersOnlyItsOrder() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1, 2)));
        index.receive(deletion("a", 9));

        assertThat(index.emitted())
                .containsExactly(
                        "JOIN v1[1, 2] a#1 NEW [1, 2] r7", "DELETE v1[1, 2] a#2 DELETED [] r7");
        assertThat(index.known("a")).isEqualTo("r9 #2 deleted");
    }

    @Test
    void emitsNothingForTheSecondDeletion() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(deletion("a", 9));
        index.receive(deletion("a", 10));

        assertThat(index.emitted()).hasSize(2);
    }

    @Test
    void emitsAndKeepsNothingForTheDeletionOfAnUnknownItem() throws Exception {
        index.receive(deletion("a", 9));

        assertThat(index.emitted()).isEmpty();
        assertThat(index.items()).isEmpty();
    }

    @Test
    void takesAnItemBackAfterItsDeletionWithItsSequenceGoingOn() throws Exception {
        index.receive(offset("a", 7, codes("v1", 1)));
        index.receive(deletion("a", 8));
        index.receive(offset("a", 9, codes("v1", 1)));

        assertThat(index.emitted()).last().isEqualTo("JOIN v1[1] a#3 NEW [1] r9");
        assertThat(index.known("a")).isEqualTo("r9 #3 v1[1]");
    }

    @Test
    void doesNotBringADeletedItemBackByALateRevision() throws Exception {
        index.receive(explicit("a", 7, codes("v1", 1)));
        index.receive(deletion("a", 100));
        index.receive(explicit("a", 6, codes("v1", 2)));
        index.receive(explicit("a", 7, codes("v1", 1)));
        assertThat(index.known("a")).isEqualTo("r7! #2 deleted");

        index.receive(explicit("a", 8, codes("v1", 2)));
        assertThat(index.known("a")).isEqualTo("r8! #3 v1[2]");
    }

    @Test
    void takesAnItemWithoutRevisionsBackAfterOneWithThem() throws Exception {
        index.receive(explicit("a", 1_000, codes("v1", 1)));
        index.receive(deletion("a", 8));
        index.receive(offset("a", 9, codes("v1", 2)));

        assertThat(index.known("a")).isEqualTo("r9 #3 v1[2]");
    }

    @Test
    void movesAnItemUnderTheVersionsWhereItsCodesChanged() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 5)));
        index.receive(offset("a", 2, codes("v1", 1), codes("v2", 6)));

        assertThat(index.emitted())
                .containsExactly(
                        "JOIN v1[1] a#1 NEW [1] r1",
                        "JOIN v2[5] a#1 NEW [5] r1",
                        "LEAVE v2[5] a#2 EMBEDDING_CHANGED [6] r2",
                        "JOIN v2[6] a#2 EMBEDDING_CHANGED [6] r2");
        assertThat(index.known("a")).isEqualTo("r2 #2 v1[1] v2[6]");
    }

    @Test
    void addsAnItemUnderAVersionThatIsNewToIt() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1)));
        index.receive(offset("a", 2, codes("v1", 1), codes("v2", 5)));

        assertThat(index.emitted()).last().isEqualTo("JOIN v2[5] a#2 NEW [5] r2");
        assertThat(index.known("a")).isEqualTo("r2 #2 v1[1] v2[5]");
    }

    @Test
    void keepsAnItemUnderTheVersionsThatAnArrivalDoesNotKnow() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 5)));
        index.receive(offset("a", 2, codes("v2", 6)));

        assertThat(index.known("a")).isEqualTo("r2 #2 v1[1] v2[6]");
    }

    @Test
    void deletesAnItemUnderEveryVersion() throws Exception {
        index.receive(offset("a", 1, codes("v1", 1), codes("v2", 5)));
        index.receive(deletion("a", 2));

        assertThat(index.emitted())
                .endsWith("DELETE v1[1] a#2 DELETED [] r1", "DELETE v2[5] a#2 DELETED [] r1");
    }

    @Test
    void keepsTheItemsOfOneBucketApart() throws Exception {
        for (int i = 0; i < 200; i++) {
            index.receive(offset("item-" + i, i, codes("v1", i)));
        }
        for (int i = 0; i < 200; i++) {
            assertThat(index.known("item-" + i)).isEqualTo("r%d #1 v1[%d]", i, i);
        }
        assertThat(index.items()).hasSize(200);
    }

    @Test
    void sendsChangesWhoseSequenceGrowsAndWhosePathsAddUp() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 3_000; i++) {
            String item = "item-" + random.nextInt(20);
            long revision = random.nextInt(50);
            index.receive(
                    switch (random.nextInt(6)) {
                        case 0 -> deletion(item, i);
                        case 1, 2 -> explicit(item, revision, codes("v1", random.nextInt(3)));
                        default ->
                                offset(
                                        item,
                                        i,
                                        codes("v1", random.nextInt(3)),
                                        codes("v2", random.nextInt(3)));
                    });
        }
        Map<String, Long> sequences = new HashMap<>();
        Map<String, String> paths = new HashMap<>(); // by item and version
        for (PathChange change : index.harness.extractOutputValues()) {
            ItemChange item = change.item();
            String key = item.itemId() + " " + change.path().codebookVersion();
            String path = change.path().toString();
            assertThat(item.sequence())
                    .isGreaterThanOrEqualTo(sequences.getOrDefault(item.itemId(), 1L));
            sequences.put(item.itemId(), item.sequence());
            if (change.kind() == PathChange.Kind.JOIN) {
                assertThat(paths.put(key, path)).as("%s joins %s", key, path).isNull();
            } else {
                assertThat(paths.remove(key)).as("%s leaves", key).isEqualTo(path);
            }
        }
    }

    @Test
    void knowsEverythingAfterARestore() throws Exception {
        index.receive(explicit("a", 7, codes("v1", 1), codes("v2", 300, 2)));
        index.receive(offset("b", 1, codes("v1", 2)));
        index.receive(deletion("b", 2));
        OperatorSubtaskState state = index.harness.snapshot(1, 1);

        try (TestingIndex restored = new TestingIndex(backend, 1, 0)) {
            restored.restore(state);

            assertThat(restored.known("a")).isEqualTo("r7! #1 v1[1] v2[300, 2]");
            assertThat(restored.known("b")).isEqualTo("r2 #2 deleted");
            restored.receive(explicit("a", 7, codes("v1", 1), codes("v2", 300, 2)));
            restored.receive(explicit("a", 6, codes("v1", 9)));
            assertThat(restored.emitted()).isEmpty();
            restored.receive(offset("b", 3, codes("v1", 2)));
            assertThat(restored.emitted()).containsExactly("JOIN v1[2] b#3 NEW [2] r3");
        }
    }

    @Test
    void refusesToBeginToCountInTheMiddleOfACatalog() throws Exception {
        CombineOptions off = new CombineOptions(false, COMBINE.interval());
        OperatorSubtaskState uncounted;
        try (TestingIndex before = new TestingIndex(backend, off, SWEEP, 1, 0)) {
            before.harness.open();
            before.receive(offset("a", 1, codes("v1", 1)));
            assertThat(before.tallies()).isEmpty();
            uncounted = before.harness.snapshot(1, 1);
        }
        TestingIndex after = new TestingIndex(backend, 1, 0);
        assertThatThrownBy(() -> after.restore(uncounted))
                .hasStackTraceContaining("written with sidestream.watch.enabled = false");
        after.harness.getOperator().close();
    }

    @Test
    void knowsEverythingAfterRescaling() throws Exception {
        int items = 100;
        for (int i = 0; i < items; i++) {
            index.receive(offset("item-" + i, i, codes("v1", i)));
        }
        OperatorSubtaskState state = index.harness.snapshot(1, 1);
        Set<String> found = new HashSet<>();
        for (int subtask = 0; subtask < 3; subtask++) {
            try (TestingIndex share = new TestingIndex(backend, 3, subtask)) {
                share.restore(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                state, MAX_PARALLELISM, 1, 3, subtask));
                assertThat(share.items()).isNotEmpty();
                for (String itemId : share.items().keySet()) {
                    assertThat(found.add(itemId)).as("%s is in one subtask only", itemId).isTrue();
                }
            }
        }
        assertThat(found).hasSize(items);
    }
}
