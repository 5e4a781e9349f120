package io.sidestream.operators.resolve;

import static io.sidestream.operators.TestingOptions.COMBINE;
import static io.sidestream.operators.TestingOptions.SWEEP;
import static io.sidestream.operators.control.TestingChanges.live;
import static io.sidestream.operators.control.TestingChanges.retired;
import static io.sidestream.sid.Disambiguation.APPEND;
import static io.sidestream.sid.Disambiguation.NONE;
import static io.sidestream.sid.Disambiguation.NO_ORDINAL;
import static io.sidestream.sid.Disambiguation.WHEN_NEEDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.PathFormat;
import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.TestingState;
import io.sidestream.operators.TestingTallies;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.index.ItemChange;
import io.sidestream.operators.index.PathChange;
import io.sidestream.operators.index.PathChange.Kind;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class ResolveTest {

    private static final Buckets BUCKETS = new Buckets(4); // several paths share a bucket
    private static final int MAX_PARALLELISM = 4;
    private static final SidPath P = new SidPath("v1", new int[] {1, 2});
    private static final SidPath Q = new SidPath("v1", new int[] {1, SidPath.DROPPED});

    @Parameter private TestingBackend backend;
    private Subtask resolve;

    @BeforeEach
    void open() throws Exception {
        resolve = new Subtask(APPEND, 1, 0);
        resolve.harness.open();
    }

    @AfterEach
    void close() throws Exception {
        resolve.close();
    }

    @Test
    void countsTheItemsOfAPathFromZero() throws Exception {
        assertThat(resolve.join(P, "a")).isEqualTo(0);
        assertThat(resolve.join(P, "b")).isEqualTo(1);
        assertThat(resolve.join(P, "c")).isEqualTo(2);
    }

    @Test
    void countsOnEveryPathAndInEveryVersionAnew() throws Exception {
        SidPath other = new SidPath("v2", P.tokens());

        assertThat(resolve.join(P, "a")).isEqualTo(0);
        assertThat(resolve.join(Q, "b")).isEqualTo(0);
        assertThat(resolve.join(other, "a")).isEqualTo(0);
        assertThat(resolve.join(P, "b")).isEqualTo(1);
    }

    @Test
    void handsOutTheLowestFreeOrdinalAndRenumbersNobody() throws Exception {
        for (String item : List.of("a", "b", "c", "d")) {
            resolve.join(P, item);
        }
        resolve.leave(P, "c");
        resolve.leave(P, "a");

        assertThat(resolve.join(P, "e")).isEqualTo(0);
        assertThat(resolve.join(P, "f")).isEqualTo(2);
        assertThat(resolve.join(P, "g")).isEqualTo(4);
        resolve.leave(P, "d"); // it still has the ordinal it was given
        assertThat(resolve.join(P, "h")).isEqualTo(3);
    }

    @Test
    void saysNothingOfAnItemThatLeavesForAnotherPath() throws Exception {
        resolve.join(P, "a");
        resolve.leave(P, "a");

        assertThat(resolve.harness.extractOutputValues()).hasSize(1);
    }

    @Test
    void passesTheChangeOnUnchanged() throws Exception {
        PathChange joining = change(Kind.JOIN, P, "a");
        resolve.harness.processElement1(joining, 0);

        ResolvedSid resolved = resolve.last();
        assertThat(resolved.change()).isEqualTo(joining);
        assertThat(resolved.item()).isEqualTo(joining.item());
    }

    @Test
    void passesADeletionOnWithoutAnOrdinalAndFreesTheItems() throws Exception {
        resolve.join(P, "a");
        resolve.join(P, "b");

        assertThat(resolve.delete(P, "a")).isEqualTo(NO_ORDINAL);
        assertThat(resolve.last().change().kind()).isEqualTo(Kind.DELETE);
        assertThat(resolve.join(P, "c")).isEqualTo(0);
    }

    @Test
    void keepsNoStateOfAPathThatEverybodyHasLeft() throws Exception {
        for (String item : List.of("a", "b", "c")) {
            resolve.join(P, item);
            resolve.join(Q, item);
        }
        assertThat(resolve.state()).isNotEmpty();

        resolve.leave(P, "b");
        resolve.delete(P, "c");
        resolve.leave(P, "a");
        resolve.delete(Q, "a");
        resolve.delete(Q, "b");
        resolve.leave(Q, "c");

        assertThat(resolve.state()).isEmpty();
        assertThat(resolve.join(P, "d")).isEqualTo(0);
    }

    @Test
    void takesTenThousandItemsOnOnePathAndLetsThemGoInAnyOrder() throws Exception {
        int items = backend == TestingBackend.HASHMAP ? 10_000 : 2_000;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            assertThat(resolve.join(P, "item-" + i)).isEqualTo(i);
            order.add(i);
        }
        Collections.shuffle(order, new Random(3));
        int gone = order.remove(order.size() - 1);
        resolve.leave(P, "item-" + gone);
        assertThat(resolve.join(P, "again")).isEqualTo(gone);

        for (int i : order) {
            resolve.leave(P, "item-" + i);
        }
        resolve.leave(P, "again");
        assertThat(resolve.state()).isEmpty();
    }

    @Test
    void showsTheSameOrdinalsWhenTheFirstIsHidden() throws Exception {
        try (Subtask hidden = new Subtask(WHEN_NEEDED, 1, 0)) {
            hidden.harness.open();
            assertThat(hidden.join(P, "a")).isEqualTo(0);
            assertThat(hidden.join(P, "b")).isEqualTo(1);
        }
    }

    @Test
    void countsButDoesNotNumberItemsThatShareTheirSid() throws Exception {
        try (Subtask sharing = new Subtask(NONE, 1, 0)) {
            sharing.harness.open();
            for (int i = 0; i < 20; i++) {
                assertThat(sharing.join(P, "item-" + i)).isEqualTo(NO_ORDINAL);
            }
            assertThat(sharing.state()).as("one entry, however many items").hasSize(1);
            for (int i = 0; i < 20; i++) {
                assertThat(sharing.state()).isNotEmpty();
                if (i % 2 == 0) {
                    sharing.leave(P, "item-" + i);
                } else {
                    assertThat(sharing.delete(P, "item-" + i)).isEqualTo(NO_ORDINAL);
                }
            }
            assertThat(sharing.state()).isEmpty();
        }
    }

    @Test
    void agreesWithAPlainOracleOnAnySequence() throws Exception {
        Oracle oracle = new Oracle();
        Random random = new Random(17);
        for (int i = 0; i < 6_000; i++) {
            oracle.step(random, resolve);
            if (i == 2_000 || i == 4_000) {
                OperatorSubtaskState state = resolve.harness.snapshot(i, i);
                resolve.close();
                resolve = new Subtask(APPEND, 1, 0);
                resolve.restore(state);
            }
        }
        oracle.empty(resolve);
        assertThat(resolve.state()).isEmpty();
    }

    @Test
    void letsAnItemThatChangesWithoutMovingKeepItsOrdinal() throws Exception {
        for (int items : new int[] {3, 30}) { // as slots, and as entries of their own
            SidPath path = new SidPath("v1", new int[] {items});
            for (int i = 0; i < items; i++) {
                resolve.join(path, "item-" + i);
            }
            resolve.leave(path, "item-0");
            for (int i = 1; i < items; i++) {
                assertThat(resolve.stay(path, "item-" + i)).isEqualTo(i);
            }
            assertThat(resolve.last().change().kind()).isEqualTo(Kind.STAY);
            assertThat(resolve.join(path, "again")).as("the gap is still one").isZero();
        }
    }

    @Test
    void givesNoOrdinalToAnItemThatStaysWhereTheyShareTheirSid() throws Exception {
        try (Subtask sharing = new Subtask(NONE, 1, 0)) {
            sharing.harness.open();
            sharing.join(P, "a");

            assertThat(sharing.stay(P, "a")).isEqualTo(NO_ORDINAL);
            sharing.leave(P, "a");
            assertThat(sharing.state()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void countsPathsAsAPlainOracleDoes(Disambiguation disambiguation) throws Exception {
        Random random = new Random(23);
        Map<SidPath, List<String>> members = new HashMap<>();
        List<Tally> tallies = new ArrayList<>();
        Subtask counting = new Subtask(disambiguation, 1, 0);
        counting.harness.open();
        for (int i = 0; i < 1_500; i++) {
            SidPath path = new SidPath("v" + random.nextInt(2), new int[] {random.nextInt(20)});
            List<String> of = members.computeIfAbsent(path, p -> new ArrayList<>());
            if (of.isEmpty() || random.nextInt(20) < 11) {
                of.add("item-" + i);
                counting.join(path, "item-" + i);
            } else {
                String item = of.remove(random.nextInt(of.size()));
                switch (random.nextInt(3)) {
                    case 0 -> counting.leave(path, item);
                    case 1 -> counting.delete(path, item);
                    default -> {
                        of.add(item);
                        counting.stay(path, item);
                    }
                }
            }
            if (i % 400 == 399) {
                tallies.addAll(counting.tallies());
                OperatorSubtaskState state = counting.harness.snapshot(i, i);
                counting.close();
                counting = new Subtask(disambiguation, 1, 0);
                counting.restore(state);
            }
        }
        tallies.addAll(counting.tallies());
        counting.close();

        TestingTallies expected = new TestingTallies();
        members.forEach(
                (path, of) -> {
                    String paths = path.codebookVersion() + " paths ";
                    expected.add(paths + "distinct", of.isEmpty() ? 0 : 1);
                    expected.add(paths + "singletons", of.size() == 1 ? 1 : 0);
                    expected.add(paths + "members", of.size());
                });
        assertThat(TestingTallies.sum(tallies)).isEqualTo(expected.sums());
    }

    @Test
    void tellsItsCountsInTimeAndAtTheEnd() throws Exception {
        resolve.join(P, "a");
        assertThat(resolve.harness.getSideOutput(Tally.TAG)).isNull();
        resolve.harness.setProcessingTime(COMBINE.interval().toMillis());
        assertThat(resolve.harness.getSideOutput(Tally.TAG)).hasSize(1);
        resolve.join(P, "b");
        resolve.harness.getOperator().finish();
        assertThat(resolve.harness.getSideOutput(Tally.TAG)).hasSize(2);
    }

    @Test
    void refusesAnotherPolicyThanTheStateWasWrittenWith() throws Exception {
        resolve.join(P, "a");
        OperatorSubtaskState state = resolve.harness.snapshot(1, 1);

        Subtask sharing = new Subtask(NONE, 1, 0);
        assertThatThrownBy(() -> sharing.restore(state))
                .hasStackTraceContaining("written with sidestream.sid.disambiguation = append")
                .hasStackTraceContaining("the job now says none");
        sharing.harness.getOperator().close();
    }

    @Test
    void handsOutTheSameOrdinalsAfterRescaling() throws Exception {
        Map<SidPath, Integer> items = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            SidPath path = new SidPath("v1", new int[] {i % 20});
            resolve.join(path, "item-" + i);
            items.merge(path, 1, Integer::sum);
        }
        OperatorSubtaskState state = resolve.harness.snapshot(1, 1);
        int found = 0;
        for (int subtask = 0; subtask < 3; subtask++) {
            try (Subtask share = new Subtask(APPEND, 3, subtask)) {
                share.restore(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                state, MAX_PARALLELISM, 1, 3, subtask));
                for (SidPath path : share.paths()) {
                    assertThat(share.join(path, "another")).isEqualTo(items.get(path));
                    found++;
                }
            }
        }
        assertThat(found).isEqualTo(items.size());
    }

    @Test
    void takesThePathsOfARetiredVersionOutAndLeavesTheOthers() throws Exception {
        SidPath crowded = new SidPath("v2", new int[] {1, 2});
        SidPath another = new SidPath("v2", new int[] {3, 4});
        for (int i = 0; i < 30; i++) { // as entries of their own
            resolve.join(crowded, "item-" + i);
            resolve.join(P, "item-" + i);
        }
        resolve.join(another, "a");
        resolve.join(Q, "a");
        resolve.tallies();
        resolve.harness.getSideOutput(Tally.TAG).clear();
        resolve.receive(live("v1"));
        resolve.receive(retired("v2"));
        resolve.sweep();

        assertThat(resolve.paths()).containsExactlyInAnyOrder(P, Q);
        assertThat(resolve.state()).as("two paths, and those on the crowded one").hasSize(32);
        assertThat(resolve.join(P, "another")).isEqualTo(30);
        assertThat(TestingTallies.sum(resolve.tallies()))
                .isEqualTo(
                        Map.of(
                                "v1 paths members", 1L,
                                "v2 erased RESOLVE run 0 buckets", (long) BUCKETS.count(),
                                "v2 erased RESOLVE entries", 2L));
    }

    @Test
    void ignoresWhatStillComesOfARetiredVersion() throws Exception {
        SidPath path = new SidPath("v2", new int[] {1, 2});
        resolve.join(path, "a");
        resolve.receive(retired("v2"));
        resolve.harness.getOutput().clear();
        for (Kind kind : List.of(Kind.STAY, Kind.LEAVE, Kind.JOIN, Kind.DELETE)) {
            resolve.harness.processElement1(change(kind, path, "a"), 0);
        }
        resolve.sweep();
        for (Kind kind : Kind.values()) {
            resolve.harness.processElement1(change(kind, path, "a"), 0);
        }

        assertThat(resolve.harness.extractOutputValues()).isEmpty();
        assertThat(resolve.state()).isEmpty();
    }

    @Test
    void takesPathsOutWhereNobodyHasAnOrdinal() throws Exception {
        try (Subtask sharing = new Subtask(NONE, 1, 0)) {
            sharing.harness.open();
            for (int i = 0; i < 20; i++) {
                sharing.join(P, "item-" + i);
            }
            sharing.receive(retired("v1"));
            sharing.sweep();

            assertThat(sharing.state()).isEmpty();
        }
    }

    @Test
    void goesOnErasingThroughRestartsWithAnyNumberOfSubtasks() throws Exception {
        Set<SidPath> staying = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            SidPath path = new SidPath("v" + (1 + i % 2), new int[] {i});
            resolve.join(path, "item");
            if (i % 2 == 0) {
                staying.add(path);
            }
        }
        OperatorSubtaskState state = resolve.harness.snapshot(1, 1);
        int before = 1;
        int erased = 0;
        int[] parallelisms = {2, 3, 1, 2};
        for (int run = 1; run <= parallelisms.length; run++) {
            int parallelism = parallelisms[run - 1];
            OperatorSubtaskState[] states = new OperatorSubtaskState[parallelism];
            TestingTallies counted = new TestingTallies();
            Set<SidPath> left = new HashSet<>();
            for (int i = 0; i < parallelism; i++) {
                try (Subtask share = new Subtask(APPEND, parallelism, i)) {
                    share.harness.setRestoredCheckpointId(run);
                    share.restore(
                            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                    state, MAX_PARALLELISM, before, parallelism, i));
                    if (run == 1) {
                        share.receive(retired("v2"));
                    }
                    if (i == 0 || run > 2) { // at first, the others do not get to it
                        share.sweep();
                    }
                    TestingTallies.sum(share.tallies()).forEach(counted::add);
                    left.addAll(share.paths());
                    states[i] = share.harness.snapshot(run + 1, run + 1);
                }
            }
            state = AbstractStreamOperatorTestHarness.repackageState(states);
            before = parallelism;
            Map<String, Long> sums = counted.sums();
            erased += Math.toIntExact(sums.getOrDefault("v2 erased RESOLVE entries", 0L));
            String buckets = "v2 erased RESOLVE run %d buckets".formatted(run);
            assertThat(sums.keySet())
                    .isSubsetOf(buckets, "v2 erased RESOLVE entries"); // and no other run's
            if (run > 2) {
                assertThat(left).isEqualTo(staying);
                assertThat(erased).isEqualTo(100);
                assertThat(sums).containsEntry(buckets, (long) BUCKETS.count());
            } else {
                assertThat(left).hasSizeGreaterThan(staying.size());
                assertThat(sums.get(buckets)).isLessThan(BUCKETS.count());
            }
        }
    }

    private static PathChange change(Kind kind, SidPath path, String itemId) {
        return new PathChange(
                kind,
                path,
                new ItemChange(itemId, 3, UpdateReason.NEW, path.tokens(), 0, 9, 1_234));
    }

    /** Paths as arrays of items by ordinal. */
    private static final class Oracle {

        private final Map<SidPath, TreeMap<Integer, String>> paths = new HashMap<>();

        void step(Random random, Subtask resolve) throws Exception {
            SidPath path = new SidPath("v1", new int[] {random.nextInt(6), random.nextInt(2)});
            TreeMap<Integer, String> members = paths.computeIfAbsent(path, p -> new TreeMap<>());
            boolean growing = (random.nextInt(1_000) < 530);
            if (growing || members.isEmpty()) {
                String item = "item-" + random.nextInt(1_000_000);
                if (members.containsValue(item)) {
                    return;
                }
                int lowest = 0;
                while (members.containsKey(lowest)) {
                    lowest++;
                }
                members.put(lowest, item);
                assertThat(resolve.join(path, item)).isEqualTo(lowest);
            } else {
                List<Integer> ordinals = new ArrayList<>(members.keySet());
                int ordinal = ordinals.get(random.nextInt(ordinals.size()));
                String item = members.remove(ordinal);
                if (random.nextBoolean()) {
                    resolve.leave(path, item);
                } else {
                    resolve.delete(path, item);
                }
            }
        }

        void empty(Subtask resolve) throws Exception {
            for (Map.Entry<SidPath, TreeMap<Integer, String>> path : paths.entrySet()) {
                for (String item : path.getValue().values()) {
                    resolve.leave(path.getKey(), item);
                }
            }
        }
    }

    private final class Subtask implements AutoCloseable {

        private final KeyedTwoInputStreamOperatorTestHarness<
                        Integer, PathChange, CodebookChange, ResolvedSid>
                harness;

        Subtask(Disambiguation disambiguation, int parallelism, int subtask) throws Exception {
            harness =
                    new KeyedTwoInputStreamOperatorTestHarness<>(
                            new Resolve(BUCKETS, disambiguation, COMBINE, SWEEP),
                            change -> BUCKETS.ofPath(change.path()),
                            null,
                            Types.INT,
                            MAX_PARALLELISM,
                            parallelism,
                            subtask);
            harness.setStateBackend(backend.create());
            harness.setup(ResolvedSid.TYPE.createSerializer(new SerializerConfigImpl()));
        }

        void restore(OperatorSubtaskState state) throws Exception {
            harness.initializeState(state);
            harness.open();
        }

        void receive(CodebookChange codebook) throws Exception {
            harness.processElement2(codebook, 0);
        }

        /** Lets the timers fire that are due: the whole of a sweep. */
        void sweep() throws Exception {
            harness.setProcessingTime(harness.getProcessingTime());
        }

        int join(SidPath path, String itemId) throws Exception {
            harness.processElement1(change(Kind.JOIN, path, itemId), 0);
            return last().ordinal();
        }

        int stay(SidPath path, String itemId) throws Exception {
            harness.processElement1(change(Kind.STAY, path, itemId), 0);
            return last().ordinal();
        }

        /** What has been counted up to now. */
        List<Tally> tallies() throws Exception {
            harness.prepareSnapshotPreBarrier(1);
            List<Tally> tallies = new ArrayList<>();
            var records = harness.getSideOutput(Tally.TAG);
            if (records != null) {
                records.forEach(record -> tallies.add(record.getValue()));
            }
            return tallies;
        }

        void leave(SidPath path, String itemId) throws Exception {
            harness.processElement1(change(Kind.LEAVE, path, itemId), 0);
        }

        int delete(SidPath path, String itemId) throws Exception {
            harness.processElement1(change(Kind.DELETE, path, itemId), 0);
            return last().ordinal();
        }

        /** What was emitted last; earlier output is dropped. */
        ResolvedSid last() {
            List<ResolvedSid> output = harness.extractOutputValues();
            ResolvedSid last = output.get(output.size() - 1);
            while (harness.getOutput().size() > 1) {
                harness.getOutput().remove();
            }
            return last;
        }

        List<SidPath> paths() throws Exception {
            return List.copyOf(
                    TestingState.entries(
                                    harness,
                                    new MapStateDescriptor<>(
                                            "paths", PathFormat.TYPE, PathMembers.TYPE))
                            .keySet());
        }

        /** Every entry in state, by its key. */
        List<Object> state() throws Exception {
            List<Object> keys = new ArrayList<>(paths());
            keys.addAll(
                    TestingState.entries(
                                    harness,
                                    new MapStateDescriptor<>(
                                            "ordinals", PathMember.TYPE, Types.INT))
                            .keySet());
            return keys;
        }

        @Override
        public void close() throws Exception {
            harness.close();
        }
    }
}
