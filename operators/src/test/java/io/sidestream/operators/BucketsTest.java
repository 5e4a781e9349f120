package io.sidestream.operators;

import static io.sidestream.operators.TestingOptions.COMBINE;
import static io.sidestream.operators.TestingOptions.SWEEP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.control.ControlChange;
import io.sidestream.operators.index.Index;
import io.sidestream.operators.index.PathChange;
import io.sidestream.sid.SidPath;
import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class BucketsTest {

    private static final int MAX_PARALLELISM = 8;

    @Test
    void spreadsNeighbouringIdsEvenly() {
        Buckets buckets = new Buckets(64);
        int[] items = new int[64];
        int[] paths = new int[64];
        for (int i = 0; i < 64_000; i++) {
            items[buckets.ofItem("item-" + i)]++;
            paths[buckets.ofPath(new SidPath("v1", new int[] {i % 40, i / 40}))]++;
        }
        // 1,000 a bucket are expected, with a standard deviation of 31.5: six of those
        assertThat(Arrays.stream(items).boxed())
                .allSatisfy(n -> assertThat(n).isBetween(811, 1189));
        assertThat(Arrays.stream(paths).boxed())
                .allSatisfy(n -> assertThat(n).isBetween(811, 1189));
    }

    /** State lies in these buckets: whatever changes here loses it. */
    @Test
    void keepsItemsInTheBucketTheyWereAlwaysIn() {
        Buckets buckets = new Buckets(1 << 16);

        assertThat(buckets.ofItem("")).isEqualTo(0);
        assertThat(buckets.ofItem("a")).isEqualTo((int) (murmurFinalizer('a') % 65_536));
        assertThat(buckets.ofItem("item-1"))
                .isEqualTo((int) (murmurFinalizer("item-1".hashCode()) % 65_536));
        assertThat(new Buckets(1).ofItem("anything")).isZero();
    }

    @Test
    void refusesAnotherNumberThanTheStateWasWrittenWith() throws Exception {
        OperatorSubtaskState written;
        try (var before = harness(64, 1, 0)) {
            before.open();
            written = before.snapshot(1, 1);
        }
        var after = harness(128, 1, 0);
        assertThatThrownBy(() -> after.initializeState(written))
                .hasStackTraceContaining("written with sidestream.index.buckets = 64")
                .hasStackTraceContaining("the job now says 128");
        after.getOperator().close();
    }

    @Test
    void staysUnchangedThroughRescaling() throws Exception {
        OperatorSubtaskState first;
        OperatorSubtaskState second;
        try (var left = harness(64, 2, 0);
                var right = harness(64, 2, 1)) {
            left.open();
            right.open();
            first = left.snapshot(1, 1);
            second = right.snapshot(1, 1);
        }
        OperatorSubtaskState both = AbstractStreamOperatorTestHarness.repackageState(first, second);
        for (int subtask = 0; subtask < 3; subtask++) {
            OperatorSubtaskState share =
                    AbstractStreamOperatorTestHarness.repartitionOperatorState(
                            both, MAX_PARALLELISM, 2, 3, subtask);
            try (var wider = harness(64, 3, subtask)) {
                wider.initializeState(share);
                wider.open();
            }
            var wrong = harness(32, 3, subtask);
            assertThatThrownBy(() -> wrong.initializeState(share))
                    .hasStackTraceContaining("written with sidestream.index.buckets = 64");
            wrong.getOperator().close();
        }
    }

    private static KeyedTwoInputStreamOperatorTestHarness<
                    Integer, AssignedItem, ControlChange, PathChange>
            harness(int count, int parallelism, int subtask) throws Exception {
        Buckets buckets = new Buckets(count);
        return new KeyedTwoInputStreamOperatorTestHarness<>(
                new Index(buckets, COMBINE, SWEEP),
                item -> buckets.ofItem(item.itemId()),
                null,
                Types.INT,
                MAX_PARALLELISM,
                parallelism,
                subtask);
    }

    /** MurmurHash3's 32-bit finalizer in wider arithmetic. */
    private static long murmurFinalizer(int hash) {
        long mask = 0xFFFFFFFFL;
        long mixed = hash & mask;
        mixed ^= mixed >> 16;
        mixed = (mixed * 0x85EBCA6BL) & mask;
        mixed ^= mixed >> 13;
        mixed = (mixed * 0xC2B2AE35L) & mask;
        return mixed ^ (mixed >> 16);
    }
}
