package io.sidestream.operators.combine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.TestingTallies;
import io.sidestream.operators.combine.Tally.Sweep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.streaming.runtime.tasks.TestProcessingTimeService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CombineTest {

    private final TestProcessingTimeService time = new TestProcessingTimeService();
    private final List<Tally> tallies = new ArrayList<>();
    private final Combine combine =
            new Combine(new CombineOptions(true, Duration.ofMillis(100)), time, tallies::add);

    @BeforeEach
    void begin() throws Exception {
        time.setCurrentTime(1_000);
    }

    @Test
    void addsUpWhatHappensUnderEachVersion() {
        combine.add("v2", new int[] {1, 300}, new int[] {10, -1});
        combine.add("v1", new int[] {5}, new int[] {20});
        combine.arrive("v2", new int[] {1, 300}, new int[] {10, -1});
        combine.add("v2", new int[] {1, 299}, new int[] {5, 5});
        combine.remove("v2", new int[] {2, 299}, new int[] {1, 1});
        combine.flush();

        assertThat(tallies).extracting(Tally::codebookVersion).containsExactly("v1", "v2");
        Tally second = tallies.get(1);
        assertThat(second.standing())
                .usingRecursiveComparison()
                .isEqualTo(
                        new TokenDeltas(
                                1,
                                List.of(
                                        new TokenDeltas.Layer(
                                                new int[] {1, 2}, new long[] {2, -1}, 14),
                                        new TokenDeltas.Layer(
                                                new int[] {300},
                                                new long[] {1},
                                                0xFFFF_FFFFL + 4))));
        assertThat(second.arrivals().items()).isEqualTo(1);
        assertThat(tallies.get(0).arrivals().isEmpty()).isTrue();
        assertThat(second.paths()).isEqualTo(Tally.Paths.NONE);
        assertThat(second.sweeps()).isEmpty();
    }

    @Test
    void addsUpHowPathsGrowAndShrink() {
        combine.resize("v1", 0, 1); // a first item
        combine.resize("v1", 1, 2);
        combine.resize("v1", 0, 1);
        combine.resize("v1", 2, 3);
        combine.flush();
        assertThat(tallies.get(0).paths()).isEqualTo(new Tally.Paths(2, 1, 4));

        combine.resize("v1", 1, 0); // the last one
        combine.resize("v1", 3, 2);
        combine.resize("v1", 2, 1);
        combine.flush();
        assertThat(tallies.get(1).paths()).isEqualTo(new Tally.Paths(-1, 0, -3));
    }

    @Test
    void addsUpTheBucketsOfEachPlan() {
        combine.sweep("v1", 7, 5);
        combine.sweep("v1", 8, 0);
        combine.sweep("v1", 7, 0);
        combine.sweep("v1", 7, 3);
        combine.flush();

        assertThat(tallies.get(0).sweeps()).containsExactly(new Sweep(7, 3, 8), new Sweep(8, 1, 0));
    }

    @Test
    void tellsOfAChangeAfterTheInterval() throws Exception {
        combine.resize("v1", 0, 1);
        time.setCurrentTime(1_050);
        combine.resize("v1", 1, 2);
        time.setCurrentTime(1_099);
        assertThat(tallies).isEmpty();
        time.setCurrentTime(1_100);
        assertThat(tallies).hasSize(1);

        time.setCurrentTime(5_000);
        assertThat(tallies).as("nothing has changed").hasSize(1);
        combine.resize("v1", 2, 3);
        time.setCurrentTime(5_100);
        assertThat(tallies).hasSize(2);
        assertThat(tallies.get(1).paths().members()).isEqualTo(1);
    }

    @Test
    void waitsForTheWholeIntervalAnewAfterItWasFlushed() throws Exception {
        combine.resize("v1", 0, 1);
        time.setCurrentTime(1_090);
        combine.flush();
        combine.resize("v1", 1, 2);
        time.setCurrentTime(1_189);
        assertThat(tallies).hasSize(1);
        time.setCurrentTime(1_190);
        assertThat(tallies).hasSize(2);
    }

    @Test
    void saysNothingWhenNothingHasChanged() {
        combine.flush();
        combine.flush();

        assertThat(tallies).isEmpty();
        assertThat(time.getNumActiveTimers()).isZero();
    }

    @Test
    void countsNothingWhenItIsSwitchedOff() {
        Combine off =
                new Combine(new CombineOptions(false, Duration.ofMillis(1)), time, tallies::add);
        off.add("v1", new int[] {1}, new int[] {1});
        off.remove("v1", new int[] {1}, new int[] {1});
        off.arrive("v1", new int[] {1}, new int[] {1});
        off.resize("v1", 0, 1);
        off.sweep("v1", 1, 1);
        off.flush();

        assertThat(tallies).isEmpty();
        assertThat(time.getNumActiveTimers()).isZero();
    }

    @Test
    void addsUpToTheSameHoweverOftenItIsFlushed() {
        Random random = new Random(2);
        TestingTallies expected = new TestingTallies();
        for (int i = 0; i < 2_000; i++) {
            String version = random.nextBoolean() ? "v1" : "v2";
            int[] codes = random.ints(3, 0, 70).toArray();
            int[] residuals = random.ints(3).toArray();
            switch (random.nextInt(4)) {
                case 0 -> {
                    combine.remove(version, codes, residuals);
                    expected.count(version, "standing", -1, codes, residuals);
                }
                case 1 -> {
                    combine.arrive(version, codes, residuals);
                    expected.count(version, "arrivals", 1, codes, residuals);
                }
                case 2 -> {
                    combine.add(version, codes, residuals);
                    expected.count(version, "standing", 1, codes, residuals);
                }
                default -> {
                    if (random.nextInt(10) == 0) {
                        combine.flush();
                    }
                }
            }
        }
        combine.flush();

        Map<String, Long> sums = TestingTallies.sum(tallies);
        assertThat(sums).isEqualTo(expected.sums());
        assertThat(tallies).hasSizeGreaterThan(10);
    }
}
