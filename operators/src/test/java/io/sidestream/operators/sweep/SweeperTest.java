package io.sidestream.operators.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.runtime.tasks.TestProcessingTimeService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SweeperTest {

    private final TestProcessingTimeService time = new TestProcessingTimeService();
    private final List<String> visits = new ArrayList<>();

    private boolean outputIsFull;

    @BeforeEach
    void begin() throws Exception {
        time.setCurrentTime(0);
    }

    @Test
    void visitsEveryBucketOnceInItsOrder() throws Exception {
        Sweeper sweeper = sweeper(0, 4, 2, 7);
        sweeper.begin("v1");
        assertThat(visits).as("not while it is told to begin").isEmpty();
        time.setCurrentTime(0);

        assertThat(visits).containsExactly("v1 4", "v1 2", "v1 7");
        assertThat(time.getNumActiveTimers()).isZero();
    }

    @Test
    void sweepsForOneVersionAfterTheOther() throws Exception {
        Sweeper sweeper = sweeper(0, 1, 2);
        sweeper.begin("v2");
        sweeper.begin("v1");
        time.setCurrentTime(0);

        assertThat(visits).containsExactly("v2 1", "v2 2", "v1 1", "v1 2");
    }

    @Test
    void endsASliceAtItsLimitAndGoesOnInTheNext() throws Exception {
        Sweeper sweeper = sweeper(2, 1, 2, 3, 4, 5); // two items, two buckets a second
        sweeper.begin("v1");
        time.setCurrentTime(0);
        assertThat(visits).hasSize(2);
        time.setCurrentTime(900);
        assertThat(visits).hasSize(2);
        time.setCurrentTime(1_000);
        assertThat(visits).hasSize(4);
        time.setCurrentTime(2_000);
        assertThat(visits).containsExactly("v1 1", "v1 2", "v1 3", "v1 4", "v1 5");
        assertThat(time.getNumActiveTimers()).isZero();
    }

    @Test
    void sweepsABucketASliceWhileTheOutputIsFull() throws Exception {
        outputIsFull = true;
        Sweeper sweeper = sweeper(0, 1, 2, 3, 4);
        sweeper.begin("v1");
        time.setCurrentTime(0);
        assertThat(visits).hasSize(1);
        time.setCurrentTime(999);
        assertThat(visits).hasSize(1);
        time.setCurrentTime(1_000);
        assertThat(visits).hasSize(2);
        outputIsFull = false;
        time.setCurrentTime(2_000);
        assertThat(visits).hasSize(4);
    }

    @Test
    void breaksASweepOffWhenItIsToBeginAnew() throws Exception {
        Sweeper sweeper = sweeper(2, 1, 2, 3);
        sweeper.begin("v1");
        sweeper.begin("v2");
        time.setCurrentTime(0);
        sweeper.begin("v1");
        time.setCurrentTime(1_000);
        time.setCurrentTime(2_000);
        time.setCurrentTime(3_000);

        assertThat(visits)
                .containsExactly("v1 1", "v1 2", "v2 1", "v2 2", "v2 3", "v1 1", "v1 2", "v1 3");
    }

    @Test
    void hasNothingToDoWithoutBuckets() throws Exception {
        Sweeper sweeper = sweeper(0);
        sweeper.begin("v1");
        time.setCurrentTime(0);

        assertThat(visits).isEmpty();
        assertThat(time.getNumActiveTimers()).isZero();
    }

    @Test
    void dividesTheBucketsAmongTheSubtasksAsKeysAre() {
        for (int parallelism : new int[] {1, 2, 3, 7, 16}) {
            List<Integer> all = new ArrayList<>();
            for (int subtask = 0; subtask < parallelism; subtask++) {
                TaskInfo info = new TaskInfoImpl("index", 16, subtask, parallelism, 0);
                int[] buckets = Sweeper.bucketsOf(info, 200);
                int lastGroup = 0;
                for (int bucket : buckets) {
                    assertThat(
                                    KeyGroupRangeAssignment.assignKeyToParallelOperator(
                                            bucket, 16, parallelism))
                            .isEqualTo(subtask);
                    int group = KeyGroupRangeAssignment.assignToKeyGroup(bucket, 16);
                    assertThat(group).isGreaterThanOrEqualTo(lastGroup);
                    lastGroup = group;
                    all.add(bucket);
                }
            }
            assertThat(all)
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 200).boxed().toList());
        }
    }

    /** Every bucket has one item. */
    private Sweeper sweeper(long itemsPerSecond, int... buckets) {
        return new Sweeper(
                new SweepOptions(Duration.ofSeconds(1), 1, itemsPerSecond),
                time,
                buckets,
                (bucket, version) -> {
                    visits.add(version + " " + bucket);
                    return 1;
                },
                () -> outputIsFull);
    }
}
