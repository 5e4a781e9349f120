package io.sidestream.operators.publish;

import static io.sidestream.operators.TestingOptions.COMBINE;
import static io.sidestream.operators.TestingOptions.SWEEP;
import static io.sidestream.operators.control.TestingChanges.live;
import static io.sidestream.operators.control.TestingChanges.retired;
import static io.sidestream.sid.Disambiguation.APPEND;
import static io.sidestream.sid.Disambiguation.NONE;
import static io.sidestream.sid.Disambiguation.NO_ORDINAL;
import static io.sidestream.sid.Disambiguation.WHEN_NEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.TestingState;
import io.sidestream.operators.TestingTallies;
import io.sidestream.operators.TextFormat;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.index.ItemChange;
import io.sidestream.operators.index.PathChange;
import io.sidestream.operators.index.PathChange.Kind;
import io.sidestream.operators.resolve.ResolvedSid;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidPath;
import io.sidestream.sid.SidText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class PublishTest {

    private static final Buckets BUCKETS = new Buckets(4);
    private static final int MAX_PARALLELISM = 4;

    @Parameter private TestingBackend backend;
    private Subtask publish;

    @BeforeEach
    void open() throws Exception {
        publish = new Subtask(APPEND);
        publish.harness.open();
    }

    @AfterEach
    void close() throws Exception {
        publish.close();
    }

    @Test
    void publishesEverythingThatIsKnownOfASid() throws Exception {
        ItemChange item =
                new ItemChange(
                        "a",
                        4,
                        UpdateReason.REMAP,
                        new int[] {12, 5, 7},
                        2,
                        99,
                        1_700_000_000_123L);
        SidPath path = new SidPath("v1", new int[] {12, SidPath.DROPPED, 7});
        publish.harness.processElement1(
                new ResolvedSid(new PathChange(Kind.JOIN, path, item), 3), 0);

        Publication publication = publish.harness.extractOutputValues().get(0);
        assertThat(publication.codebookVersion()).isEqualTo("v1");
        assertThat(publication.itemId()).isEqualTo("a");
        assertThat(publication.update())
                .isEqualTo(
                        SidUpdate.newBuilder()
                                .setItemId("a")
                                .setCodebookVersion("v1")
                                .setCodes(List.of(12, 5, 7))
                                .setSid(List.of(new SidToken(1, 12), new SidToken(3, 7)))
                                .setDisambiguator(3)
                                .setSidText("<a_12><c_7><d_3>")
                                .setPreviousSidText(null)
                                .setReason(UpdateReason.REMAP)
                                .setRemapEpoch(2)
                                .setRevision(99)
                                .setSequence(4)
                                .setEventTime(Instant.ofEpochMilli(1_700_000_000_123L))
                                .build());
    }

    @Test
    void saysWhichSidWasPublishedBefore() throws Exception {
        publish.join("v1", "a", 1, 10, 0);
        publish.join("v1", "a", 2, 11, 1);
        publish.join("v1", "a", 5, 12, 0);

        assertThat(publish.emitted())
                .containsExactly(
                        "a#1 <a_10><b_0> was null",
                        "a#2 <a_11><b_1> was <a_10><b_0>",
                        "a#5 <a_12><b_0> was <a_11><b_1>");
    }

    @Test
    void dropsAChangeThatALaterOneHasOvertaken() throws Exception {
        publish.join("v1", "a", 1, 10, 0);
        publish.join("v1", "a", 3, 12, 0);
        publish.join("v1", "a", 2, 11, 0);
        publish.join("v1", "a", 3, 12, 0);
        publish.join("v1", "a", 4, 13, 0);

        assertThat(publish.emitted())
                .containsExactly(
                        "a#1 <a_10><b_0> was null",
                        "a#3 <a_12><b_0> was <a_10><b_0>",
                        "a#4 <a_13><b_0> was <a_12><b_0>");
    }

    @Test
    void publishesADeletionFollowedByANullValue() throws Exception {
        publish.join("v1", "a", 1, 10, 0);
        publish.delete("v1", "a", 2, 10);

        assertThat(publish.emitted())
                .containsExactly(
                        "a#1 <a_10><b_0> was null", "a#2 deleted was <a_10><b_0>", "a null");
        SidUpdate deleted = publish.harness.extractOutputValues().get(1).update();
        assertThat(deleted.getSid()).isEmpty();
        assertThat(deleted.getCodes()).isEmpty();
        assertThat(deleted.getDisambiguator()).isEqualTo(NO_ORDINAL);
        assertThat(deleted.getSidText()).isEmpty();
    }

    @Test
    void publishesAnItemThatCameBackAsOneWithoutAPreviousSid() throws Exception {
        publish.join("v1", "a", 1, 10, 0);
        publish.delete("v1", "a", 2, 10);
        publish.join("v1", "a", 3, 11, 0);

        assertThat(publish.emitted()).last().isEqualTo("a#3 <a_11><b_0> was null");
    }

    @Test
    void doesNotDeleteAnItemThatHasComeBackMeanwhile() throws Exception {
        publish.join("v1", "a", 1, 10, 0);
        publish.join("v1", "a", 3, 11, 0);
        publish.delete("v1", "a", 2, 10);

        assertThat(publish.emitted())
                .containsExactly("a#1 <a_10><b_0> was null", "a#3 <a_11><b_0> was <a_10><b_0>");
    }

    @Test
    void doesNotBringADeletedItemBackByALateChange() throws Exception {
        publish.delete("v1", "a", 2, 10);
        publish.join("v1", "a", 1, 10, 0);

        assertThat(publish.emitted()).containsExactly("a#2 deleted was null", "a null");
    }

    @Test
    void keepsVersionsAndItemsApart() throws Exception {
        publish.join("v1", "a", 7, 10, 0);
        publish.join("v2", "a", 1, 20, 0);
        publish.join("v1", "b", 1, 30, 0);
        publish.join("v1", "v2/a", 1, 40, 0);

        assertThat(publish.emitted())
                .containsExactly(
                        "a#7 <a_10><b_0> was null",
                        "a#1 <a_20><b_0> was null",
                        "b#1 <a_30><b_0> was null",
                        "v2/a#1 <a_40><b_0> was null");
        assertThat(publish.harness.extractOutputValues())
                .extracting(Publication::codebookVersion)
                .containsExactly("v1", "v2", "v1", "v1");
    }

    @Test
    void showsTheOrdinalThatThePolicyShows() throws Exception {
        try (Subtask hidden = new Subtask(WHEN_NEEDED)) {
            hidden.harness.open();
            hidden.join("v1", "a", 1, 10, 0);
            hidden.join("v1", "b", 1, 10, 1);
            assertThat(hidden.emitted())
                    .containsExactly("a#1 <a_10> was null", "b#1 <a_10><b_1> was null");
            assertThat(hidden.harness.extractOutputValues())
                    .extracting(publication -> publication.update().getDisambiguator())
                    .containsExactly(0, 1);
        }
        try (Subtask sharing = new Subtask(NONE)) {
            sharing.harness.open();
            sharing.join("v1", "a", 1, 10, NO_ORDINAL);
            assertThat(sharing.emitted()).containsExactly("a#1 <a_10> was null");
        }
    }

    @Test
    void remembersWhatItSaidAfterARestore() throws Exception {
        publish.join("v1", "a", 5, 10, 2);
        publish.join("v1", "b", 1, 11, 0);
        publish.delete("v1", "b", 6, 11);
        OperatorSubtaskState state = publish.harness.snapshot(1, 1);

        try (Subtask restored = new Subtask(APPEND)) {
            restored.harness.initializeState(state);
            restored.harness.open();
            assertThat(restored.published())
                    .containsOnly(
                            Map.entry("v1/a", new LastPublished(5, "<a_10><b_2>")),
                            Map.entry("v1/b", new LastPublished(6, "")));
            restored.join("v1", "a", 4, 12, 0);
            restored.join("v1", "b", 5, 12, 0);
            restored.join("v1", "a", 6, 13, 0);

            assertThat(restored.emitted()).containsExactly("a#6 <a_13><b_0> was <a_10><b_2>");
        }
    }

    @Test
    void endsWithTheLastChangeOfEveryItemInWhateverOrderTheyCome() throws Exception {
        Random random = new Random(23);
        List<ResolvedSid> changes = new ArrayList<>();
        for (int item = 0; item < 50; item++) {
            for (int sequence = 1; sequence <= 10; sequence++) {
                changes.add(joining("v1", "item-" + item, sequence, sequence, 0));
            }
        }
        Collections.shuffle(changes, random);
        for (ResolvedSid change : changes) {
            publish.harness.processElement1(change, 0);
        }
        Map<String, SidUpdate> last = new HashMap<>();
        for (Publication publication : publish.harness.extractOutputValues()) {
            SidUpdate update = publication.update();
            SidUpdate before = last.put(publication.itemId(), update);
            if (before != null) {
                assertThat(update.getSequence()).isGreaterThan(before.getSequence());
                assertThat(update.getPreviousSidText()).isEqualTo(before.getSidText());
            }
        }
        assertThat(last.values())
                .hasSize(50)
                .allSatisfy(update -> assertThat(update.getSidText()).isEqualTo("<a_10><b_0>"));
    }

    @Test
    void forgetsARetiredVersionAndPublishesNothingOfIt() throws Exception {
        for (int i = 0; i < 50; i++) {
            publish.join("v1", "item-" + i, 1, 10, i);
            publish.join("v10", "item-" + i, 1, 10, i);
        }
        publish.delete("v1", "item-0", 2, 10);
        publish.harness.getOutput().clear();
        publish.receive(retired("v1"));
        publish.join("v1", "item-1", 2, 11, 0);
        publish.sweep();
        publish.join("v1", "item-1", 3, 11, 0);
        publish.delete("v1", "item-2", 3, 11);

        assertThat(publish.emitted()).isEmpty();
        assertThat(publish.published().keySet())
                .hasSize(50)
                .allMatch(key -> key.startsWith("v10/item-"));
        publish.join("v10", "item-1", 2, 12, 0);
        assertThat(publish.emitted()).containsExactly("item-1#2 <a_12><b_0> was <a_10><b_1>");
    }

    @Test
    void tellsHowFarAVersionIsErasedOnceInEachRun() throws Exception {
        for (int i = 0; i < 50; i++) {
            publish.join("v1", "item-" + i, 1, 10, i);
        }
        publish.receive(retired("v1"));
        publish.sweep();
        assertThat(publish.counted())
                .isEqualTo(
                        Map.of(
                                "v1 erased PUBLISH run 0 buckets",
                                (long) BUCKETS.count(),
                                "v1 erased PUBLISH entries",
                                50L));
        OperatorSubtaskState state = publish.harness.snapshot(3, 3);

        int buckets = 0;
        for (int i = 0; i < 3; i++) {
            try (Subtask share = new Subtask(APPEND, 3, i)) {
                share.harness.setRestoredCheckpointId(3);
                share.harness.initializeState(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                state, MAX_PARALLELISM, 1, 3, i));
                share.harness.open();
                assertThat(share.counted()).containsOnlyKeys("v1 erased PUBLISH run 3 buckets");
                buckets += share.counted().get("v1 erased PUBLISH run 3 buckets");
                assertThat(share.published()).isEmpty();
            }
        }
        assertThat(buckets).isEqualTo(BUCKETS.count());
    }

    @Test
    void writesTheSidsOfAVersionAsItBeganWhateverTheTemplatesAreNow() throws Exception {
        PublishOptions other =
                new PublishOptions(
                        APPEND, new SidText("", "[{letter}{token}]", "", "[{token}]", ""));
        OperatorSubtaskState state;
        try (Subtask before = new Subtask(APPEND)) {
            before.harness.open();
            before.receive(live("v1"));
            before.receive(live("v2"));
            before.join("v1", "a", 1, 4, 0);
            before.receive(retired("v2"));
            state = before.harness.snapshot(1, 1);
        }
        for (int subtask = 0; subtask < 2; subtask++) {
            try (Subtask after = new Subtask(other, 2, subtask)) {
                after.harness.initializeState(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                state, MAX_PARALLELISM, 1, 2, subtask));
                after.harness.open();
                after.receive(live("v3"));
                String item = itemOf(subtask);
                after.join("v1", item, 2, 5, 1);
                after.join("v3", item, 3, 5, 1);

                assertThat(after.emitted())
                        .containsExactly(
                                item + "#2 <a_5><b_1> was null", item + "#3 [a5][1] was null");
            }
        }
    }

    /** An item whose bucket a subtask of two has. */
    private static String itemOf(int subtask) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> "i" + i)
                .filter(
                        item ->
                                KeyGroupRangeAssignment.assignKeyToParallelOperator(
                                                BUCKETS.ofItem(item), MAX_PARALLELISM, 2)
                                        == subtask)
                .findFirst()
                .orElseThrow();
    }

    private static ResolvedSid joining(
            String version, String itemId, long sequence, int token, int ordinal) {
        int[] codes = {token};
        return new ResolvedSid(
                new PathChange(
                        Kind.JOIN,
                        new SidPath(version, codes),
                        new ItemChange(itemId, sequence, UpdateReason.NEW, codes, 0, 1, 2)),
                ordinal);
    }

    private final class Subtask implements AutoCloseable {

        private final KeyedTwoInputStreamOperatorTestHarness<
                        Integer, ResolvedSid, CodebookChange, Publication>
                harness;

        Subtask(Disambiguation disambiguation) throws Exception {
            this(disambiguation, 1, 0);
        }

        Subtask(Disambiguation disambiguation, int parallelism, int subtask) throws Exception {
            this(new PublishOptions(disambiguation, SidText.DEFAULT), parallelism, subtask);
        }

        Subtask(PublishOptions options, int parallelism, int subtask) throws Exception {
            harness =
                    new KeyedTwoInputStreamOperatorTestHarness<>(
                            new Publish(BUCKETS, options, COMBINE, SWEEP),
                            sid -> BUCKETS.ofItem(sid.item().itemId()),
                            null,
                            Types.INT,
                            MAX_PARALLELISM,
                            parallelism,
                            subtask);
            harness.setStateBackend(backend.create());
            harness.setup(Publication.TYPE.createSerializer(new SerializerConfigImpl()));
        }

        void receive(CodebookChange codebook) throws Exception {
            harness.processElement2(codebook, 0);
        }

        /** Lets the timers fire that are due: the whole of a sweep. */
        void sweep() throws Exception {
            harness.setProcessingTime(harness.getProcessingTime());
        }

        /** What has been counted up to now. */
        Map<String, Long> counted() throws Exception {
            harness.prepareSnapshotPreBarrier(1);
            return TestingTallies.sum(
                    harness.getSideOutput(Tally.TAG).stream()
                            .map(record -> record.getValue())
                            .toList());
        }

        void join(String version, String itemId, long sequence, int token, int ordinal)
                throws Exception {
            harness.processElement1(joining(version, itemId, sequence, token, ordinal), 0);
        }

        void delete(String version, String itemId, long sequence, int token) throws Exception {
            harness.processElement1(
                    new ResolvedSid(
                            new PathChange(
                                    Kind.DELETE,
                                    new SidPath(version, new int[] {token}),
                                    new ItemChange(
                                            itemId,
                                            sequence,
                                            UpdateReason.DELETED,
                                            new int[0],
                                            0,
                                            1,
                                            2)),
                            NO_ORDINAL),
                    0);
        }

        /** Such as {@code a#2 <a_11><b_1> was <a_10><b_0>}. */
        List<String> emitted() {
            List<String> publications = new ArrayList<>();
            for (Publication publication : harness.extractOutputValues()) {
                SidUpdate update = publication.update();
                publications.add(
                        update == null
                                ? publication.itemId() + " null"
                                : "%s#%d %s was %s"
                                        .formatted(
                                                update.getItemId(),
                                                update.getSequence(),
                                                update.getReason() == UpdateReason.DELETED
                                                        ? "deleted"
                                                        : update.getSidText(),
                                                update.getPreviousSidText()));
            }
            return publications;
        }

        Map<String, LastPublished> published() throws Exception {
            return TestingState.entries(
                    harness,
                    new MapStateDescriptor<>("published", TextFormat.TYPE, LastPublished.TYPE));
        }

        @Override
        public void close() throws Exception {
            harness.close();
        }
    }
}
