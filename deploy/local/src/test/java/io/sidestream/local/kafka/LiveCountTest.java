package io.sidestream.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LiveCountTest {

    private final LiveCount count = new LiveCount();

    @Test
    void countsFewItemsExactly() {
        for (int i = 0; i < 10_000; i++) {
            count.add("item-" + i);
            count.add("item-" + i);
        }
        for (int i = 0; i < 4000; i++) {
            count.remove("item-" + i);
        }

        assertThat(count.estimate()).isEqualTo(6000);
    }

    @Test
    void estimatesHowManyThereAreOfMany() {
        for (int i = 0; i < 300_000; i++) {
            count.add("item-" + i);
        }
        for (int i = 0; i < 100_000; i++) {
            count.remove("item-" + i);
        }

        // Three times the 1.6% that it is off by in the mean.
        assertThat((double) count.estimate()).isCloseTo(200_000, within(9_600.0));
    }

    @Test
    void countsTheSameInAnyOrder() {
        List<String> items =
                IntStream.range(0, 50_000).mapToObj(i -> "i" + i).collect(Collectors.toList());
        items.forEach(count::add);
        LiveCount other = new LiveCount();
        Collections.shuffle(items, new Random(1));
        items.forEach(other::add);

        assertThat(other.estimate()).isEqualTo(count.estimate());
    }
}
