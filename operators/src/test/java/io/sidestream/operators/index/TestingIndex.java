package io.sidestream.operators.index;

import static io.sidestream.operators.TestingOptions.COMBINE;
import static io.sidestream.operators.TestingOptions.SWEEP;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.Buckets;
import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.TestingState;
import io.sidestream.operators.TestingTallies;
import io.sidestream.operators.TextFormat;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.assign.Place;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.control.ControlChange;
import io.sidestream.operators.control.RemapPlans;
import io.sidestream.operators.control.TestingRemaps;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.tasks.TestProcessingTimeService;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;

/** One subtask of Index. */
final class TestingIndex implements AutoCloseable {

    static final Buckets BUCKETS = new Buckets(32);
    static final int MAX_PARALLELISM = 16;

    final KeyedTwoInputStreamOperatorTestHarness<Integer, AssignedItem, ControlChange, PathChange>
            harness;

    TestingIndex(TestingBackend backend, int parallelism, int subtask) throws Exception {
        this(backend, COMBINE, SWEEP, parallelism, subtask);
    }

    TestingIndex(TestingBackend backend, SweepOptions sweep, int parallelism, int subtask)
            throws Exception {
        this(backend, COMBINE, sweep, parallelism, subtask);
    }

    TestingIndex(
            TestingBackend backend,
            CombineOptions combine,
            SweepOptions sweep,
            int parallelism,
            int subtask)
            throws Exception {
        harness =
                new KeyedTwoInputStreamOperatorTestHarness<>(
                        new Index(BUCKETS, combine, sweep),
                        item -> BUCKETS.ofItem(item.itemId()),
                        null,
                        Types.INT,
                        MAX_PARALLELISM,
                        parallelism,
                        subtask);
        harness.setStateBackend(backend.create());
        harness.setup(PathChange.TYPE.createSerializer(new SerializerConfigImpl()));
    }

    static Assignment codes(String version, int... codes) {
        return new Assignment(version, codes, new int[codes.length]);
    }

    static AssignedItem offset(String itemId, long offset, Assignment... assignments) {
        return arrival(itemId, offset, null, assignments);
    }

    /** Of no particular place. */
    static AssignedItem explicit(String itemId, long revision, Assignment... assignments) {
        return arrival(itemId, 0, revision, assignments);
    }

    static AssignedItem deletion(String itemId, long offset) {
        return arrival(itemId, offset, null);
    }

    static AssignedItem arrival(
            String itemId, long offset, Long explicitRevision, Assignment... assignments) {
        return new AssignedItem(
                itemId,
                AssignedItem.Source.ARRIVAL,
                new Place(0, offset),
                explicitRevision,
                0,
                List.of(assignments));
    }

    /** Codes that a backfill gave the embedding at an offset. */
    static AssignedItem backfilled(String itemId, long offset, Assignment assignment) {
        return new AssignedItem(
                itemId,
                AssignedItem.Source.BACKFILL,
                new Place(0, offset),
                null,
                0,
                List.of(assignment));
    }

    void restore(OperatorSubtaskState state) throws Exception {
        restore(state, 1);
    }

    void restore(OperatorSubtaskState state, long checkpoint) throws Exception {
        harness.setRestoredCheckpointId(checkpoint);
        harness.initializeState(state);
        harness.open();
    }

    void receive(AssignedItem item) throws Exception {
        harness.processElement1(item, 0);
    }

    void receive(SpecificRecordBase record) throws Exception {
        harness.processElement2(ControlChange.of(TestingRemaps.change(record)), 0);
    }

    void receive(CodebookChange change) throws Exception {
        harness.processElement2(ControlChange.of(change), 0);
    }

    /** Announces a plan and puts it in force. */
    void enforce(RemapPlan plan) throws Exception {
        receive(plan);
        receive(
                TestingRemaps.step(
                        plan.getCodebookVersion(), plan.getEpoch(), PlanStatus.APPLYING));
    }

    /** Lets the timers fire that are due: all slices of a sweep, unless there is a limit. */
    void sweep() throws Exception {
        harness.setProcessingTime(harness.getProcessingTime());
    }

    /** Lets all timers fire, and those that are set meanwhile, to the last. */
    void sweepToTheEnd() throws Exception {
        TestProcessingTimeService time = harness.getProcessingTimeService();
        for (int second = 0; time.getNumActiveTimers() > 0; second++) {
            assertThat(second).as("seconds that a sweep takes").isLessThan(1_000);
            harness.setProcessingTime(time.getCurrentProcessingTime() + 1_000);
        }
    }

    /** Such as {@code JOIN v1[1, 2] a#1 NEW [1, 2] r7}. */
    List<String> emitted() {
        List<String> changes = new ArrayList<>();
        for (PathChange change : harness.extractOutputValues()) {
            ItemChange item = change.item();
            changes.add(
                    "%s %s %s#%d %s %s r%d"
                            .formatted(
                                    change.kind(),
                                    change.path(),
                                    item.itemId(),
                                    item.sequence(),
                                    item.reason(),
                                    Arrays.toString(item.codes()),
                                    item.revision()));
        }
        return changes;
    }

    /** What has been emitted since it was asked for last. */
    List<String> emittedAnew() {
        List<String> changes = emitted();
        harness.getOutput().clear();
        return changes;
    }

    /** What has been counted up to now. */
    Map<String, Long> counted() throws Exception {
        return TestingTallies.sum(tallies());
    }

    List<Tally> tallies() throws Exception {
        harness.prepareSnapshotPreBarrier(1);
        List<Tally> tallies = new ArrayList<>();
        var records = harness.getSideOutput(Tally.TAG);
        if (records != null) {
            records.forEach(record -> tallies.add(record.getValue()));
        }
        return tallies;
    }

    Map<String, IndexedItem> items() throws Exception {
        return TestingState.entries(
                harness, new MapStateDescriptor<>("items", TextFormat.TYPE, IndexedItem.TYPE));
    }

    /** All that is known of a version by any of the stage's states. */
    Set<String> traces(String version) throws Exception {
        Set<String> traces = new TreeSet<>();
        items().forEach(
                        (itemId, item) -> {
                            if (item.under(version) != null) {
                                traces.add("item " + itemId);
                            }
                        });
        if (TestingState.entries(
                        harness, new MapStateDescriptor<>("swept", TextFormat.TYPE, Types.LONG))
                .containsKey(version)) {
            traces.add("mark of a sweep");
        }
        if (harness.getOperator()
                .getOperatorStateBackend()
                .getBroadcastState(
                        new MapStateDescriptor<>("remap-plans", Types.STRING, RemapPlans.TYPE))
                .contains(version)) {
            traces.add("plans");
        }
        return traces;
    }

    /** What is in state, such as {@code r7! #1 v1[1, 2]}; the mark says explicit revision. */
    String known(String itemId) throws Exception {
        IndexedItem item = items().get(itemId);
        StringBuilder text = new StringBuilder("r").append(item.revision());
        text.append(item.explicitRevision() != null ? "! #" : " #").append(item.sequence());
        item.versions().forEach(entry -> text.append(' ').append(entry.path()));
        return text.append(item.deleted() ? " deleted" : "").toString();
    }

    @Override
    public void close() throws Exception {
        harness.close();
    }
}
