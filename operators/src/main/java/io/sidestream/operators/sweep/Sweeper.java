package io.sidestream.operators.sweep;

import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.runtime.io.network.api.writer.ResultPartitionWriter;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/**
 * Leads an operator through all buckets of its subtask, in slices of time set off by timers.
 * Between two slices the operator handles its input and its checkpoints as ever. A slice ends early
 * when the output is full, lest input wait for all that the sweep has put there.
 *
 * <p>The buckets could come as records from a stage of their own; but those would fill the network
 * buffers ahead of each checkpoint barrier, and how long they take depends on how many items move.
 * A subtask knows how long it has been at it, and a plan that it was told of is in force there
 * before its sweep begins.
 *
 * <p>How far a sweep has come is for the operator to know, by a mark in each bucket: what is swept
 * already is skipped, so that a sweep may begin anew whenever the operator does, with any number of
 * subtasks.
 */
public final class Sweeper {

    /** What is done with a bucket. */
    public interface Visitor {

        /**
         * Sweeps one bucket, unless that is done.
         *
         * @return the number of items looked at
         */
        int sweep(int bucket, String codebookVersion) throws Exception;
    }

    private static final Duration LATELY = Duration.ofSeconds(1);

    private final SweepOptions options;
    private final ProcessingTimeService time;
    private final int[] buckets;
    private final Visitor visitor;
    private final BooleanSupplier outputIsFull;

    /** How many buckets are behind each sweep, in the order in which they began. */
    private final Map<String, Integer> sweeps = new LinkedHashMap<>();

    private boolean scheduled;
    private long lastInput = -LATELY.toMillis();

    /**
     * @param time of the operator that sweeps
     * @param buckets of its subtask
     * @param outputIsFull whether what is emitted now would have to wait, and input with it
     */
    public Sweeper(
            SweepOptions options,
            ProcessingTimeService time,
            int[] buckets,
            Visitor visitor,
            BooleanSupplier outputIsFull) {
        this.options = options;
        this.time = time;
        this.buckets = buckets.clone();
        this.visitor = visitor;
        this.outputIsFull = outputIsFull;
    }

    /**
     * The keys from 0 to {@code count - 1} that belong to a subtask, those of a key group together.
     */
    public static int[] bucketsOf(TaskInfo subtask, int count) {
        int maxParallelism = subtask.getMaxNumberOfParallelSubtasks();
        KeyGroupRange range = keyGroupsOf(subtask);
        return IntStream.range(0, count)
                .filter(bucket -> range.contains(keyGroup(bucket, maxParallelism)))
                .boxed()
                .sorted((a, b) -> keyGroup(a, maxParallelism) - keyGroup(b, maxParallelism))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    static KeyGroupRange keyGroupsOf(TaskInfo subtask) {
        return KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
                subtask.getMaxNumberOfParallelSubtasks(),
                subtask.getNumberOfParallelSubtasks(),
                subtask.getIndexOfThisSubtask());
    }

    private static int keyGroup(int bucket, int maxParallelism) {
        return KeyGroupRangeAssignment.assignToKeyGroup(bucket, maxParallelism);
    }

    /** Tells whether what an operator of a task emits now would have to wait. */
    public static BooleanSupplier outputOf(StreamTask<?, ?> task) {
        ResultPartitionWriter[] writers = task.getEnvironment().getAllWriters();
        return () -> Arrays.stream(writers).anyMatch(writer -> !writer.isAvailable());
    }

    /** How many buckets the subtask has. */
    int buckets() {
        return buckets.length;
    }

    /** Begins a sweep of all buckets; one of the same version that goes on is broken off. */
    public void begin(String codebookVersion) {
        sweeps.remove(codebookVersion);
        sweeps.put(codebookVersion, 0);
        schedule(0);
    }

    /** Notes that the operator has input. */
    public void noteInput() {
        lastInput = time.getCurrentProcessingTime();
    }

    /**
     * Whether there has been input of late. That there was none since the last slice says nothing:
     * while the output is full, input waits.
     */
    private boolean isBusy() {
        return time.getCurrentProcessingTime() - lastInput < LATELY.toMillis();
    }

    private void schedule(long delayMillis) {
        if (!scheduled) {
            scheduled = true;
            time.registerTimer(
                    time.getCurrentProcessingTime() + delayMillis, timestamp -> sweepSlice());
        }
    }

    private void sweepSlice() throws Exception {
        scheduled = false;
        long begin = System.nanoTime();
        long items = 0;
        Iterator<Map.Entry<String, Integer>> unfinished = sweeps.entrySet().iterator();
        boolean over = false;
        while (!over && unfinished.hasNext()) {
            Map.Entry<String, Integer> sweep = unfinished.next();
            int next = sweep.getValue();
            while (next < buckets.length && !over) {
                items += visitor.sweep(buckets[next++], sweep.getKey());
                over = isOver(begin, items);
            }
            sweep.setValue(next);
            if (next == buckets.length) {
                unfinished.remove();
            }
        }
        if (!sweeps.isEmpty()) {
            long pause = options.pause(System.nanoTime() - begin, items, isBusy()).toMillis();
            schedule(
                    outputIsFull.getAsBoolean()
                            ? Math.max(pause, options.slice().toMillis())
                            : pause);
        }
    }

    private boolean isOver(long begin, long items) {
        long slice = options.slice().toNanos();
        return outputIsFull.getAsBoolean()
                || System.nanoTime() - begin >= slice
                || (options.itemsPerSecond() > 0
                        && items * 1e9 / options.itemsPerSecond() >= slice);
    }
}
