package io.sidestream.operators.index;

import static io.sidestream.operators.index.TestingIndex.BUCKETS;
import static io.sidestream.operators.index.TestingIndex.MAX_PARALLELISM;

import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.sweep.SweepOptions;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/** All subtasks of Index, and what they have committed. */
final class TestingStage implements AutoCloseable {

    private final TestingBackend backend;
    private final SweepOptions sweep;
    private final List<TestingIndex> subtasks = new ArrayList<>();
    private final List<PathChange> changes = new ArrayList<>();
    private final List<Tally> tallies = new ArrayList<>();
    private OperatorSubtaskState state;
    private int stateParallelism;
    private long checkpoints;

    TestingStage(TestingBackend backend, SweepOptions sweep) {
        this.backend = backend;
        this.sweep = sweep;
    }

    List<TestingIndex> subtasks() {
        return subtasks;
    }

    /** All that was emitted before a checkpoint. */
    List<PathChange> changes() {
        return changes;
    }

    /** All that was counted before a checkpoint. */
    List<Tally> tallies() {
        return tallies;
    }

    /** Which checkpoint was the last; 0: none. */
    long checkpoints() {
        return checkpoints;
    }

    /** Goes on from the last checkpoint; what came after it never was. */
    void restart(int parallelism) throws Exception {
        close();
        subtasks.clear();
        for (int i = 0; i < parallelism; i++) {
            TestingIndex subtask = new TestingIndex(backend, sweep, parallelism, i);
            subtasks.add(subtask);
            if (state == null) {
                subtask.harness.open();
            } else {
                subtask.restore(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                state, MAX_PARALLELISM, stateParallelism, parallelism, i),
                        checkpoints);
            }
        }
    }

    void receive(AssignedItem item) throws Exception {
        int bucket = BUCKETS.ofItem(item.itemId());
        subtasks.get(
                        KeyGroupRangeAssignment.assignKeyToParallelOperator(
                                bucket, MAX_PARALLELISM, subtasks.size()))
                .receive(item);
    }

    void receive(SpecificRecordBase record) throws Exception {
        for (TestingIndex subtask : subtasks) {
            subtask.receive(record);
        }
    }

    void receive(CodebookChange change) throws Exception {
        for (TestingIndex subtask : subtasks) {
            subtask.receive(change);
        }
    }

    void pass(long millis) throws Exception {
        for (TestingIndex subtask : subtasks) {
            subtask.harness.setProcessingTime(subtask.harness.getProcessingTime() + millis);
        }
    }

    void sweepToTheEnd() throws Exception {
        for (TestingIndex subtask : subtasks) {
            subtask.sweepToTheEnd();
        }
    }

    void checkpoint() throws Exception {
        checkpoints++;
        OperatorSubtaskState[] states = new OperatorSubtaskState[subtasks.size()];
        for (int i = 0; i < states.length; i++) {
            TestingIndex subtask = subtasks.get(i);
            tallies.addAll(subtask.tallies());
            changes.addAll(subtask.harness.extractOutputValues());
            subtask.harness.getOutput().clear();
            var counted = subtask.harness.getSideOutput(Tally.TAG);
            if (counted != null) {
                counted.clear();
            }
            states[i] = subtask.harness.snapshot(checkpoints, checkpoints);
        }
        state = AbstractStreamOperatorTestHarness.repackageState(states);
        stateParallelism = states.length;
    }

    @Override
    public void close() throws Exception {
        for (TestingIndex subtask : subtasks) {
            subtask.close();
        }
    }
}
