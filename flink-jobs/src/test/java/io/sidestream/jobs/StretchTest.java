package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class StretchTest {

    private static final TopicPartition FIRST = new TopicPartition("items", 0);
    private static final TopicPartition SECOND = new TopicPartition("items", 1);

    @Test
    void coversWhatLiesBetweenTheOffsetsOfEachPartition() {
        Stretch stretch =
                Stretch.between(
                        Map.of(FIRST, 3L, SECOND, 1L << 40),
                        Map.of(FIRST, 10L, SECOND, 1L + (1L << 40)));

        assertThat(stretch.length()).isEqualTo(8);
        assertThat(stretch.isEmpty()).isFalse();
    }

    @Test
    void leavesOutPartitionsThatHaveNothingThere() {
        Stretch stretch =
                Stretch.between(Map.of(FIRST, 10L, SECOND, 12L), Map.of(FIRST, 10L, SECOND, 11L));

        assertThat(stretch.isEmpty()).isTrue();
        assertThat(stretch.from()).isEmpty();
        assertThat(stretch.length()).isZero();
    }

    @Test
    void beginsAtTheBeginningWhereNothingElseIsSaid() {
        Stretch stretch = Stretch.between(Map.of(SECOND, 5L), Map.of(FIRST, 4L));

        assertThat(stretch.from()).isEqualTo(Map.of(FIRST, 0L));
        assertThat(stretch.until()).isEqualTo(Map.of(FIRST, 4L));
        assertThat(stretch.length()).isEqualTo(4);
    }
}
