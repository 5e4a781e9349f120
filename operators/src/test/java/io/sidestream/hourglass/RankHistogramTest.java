package io.sidestream.hourglass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RankHistogramTest {

    @ParameterizedTest
    @ValueSource(ints = {65_537, 70_001, 262_144, 1_048_576})
    void holdsEveryItemOnceTheMostFrequentTokensFirst(int tokens) {
        long[] counts = new Random(tokens).longs(tokens, 0, 50).toArray();

        long[] bins = RankHistogram.of(counts);

        assertThat(bins).hasSize(1024);
        long[] descending = LongStream.of(counts).map(c -> -c).sorted().map(c -> -c).toArray();
        for (int bin = 0; bin < 1024; bin++) {
            int from = Math.toIntExact((long) bin * tokens / 1024);
            int to = Math.toIntExact((bin + 1L) * tokens / 1024);
            assertThat(bins[bin]).isEqualTo(Arrays.stream(descending, from, to).sum());
        }
        assertThat(LongStream.of(bins).sum()).isEqualTo(LongStream.of(counts).sum());
    }

    @Test
    void listsALayerOfUpTo65536Tokens() {
        assertThat(RankHistogram.listedLayers(new int[] {65_536})).containsExactly(true);
        assertThat(RankHistogram.listedLayers(new int[] {65_537})).containsExactly(false);
        assertThat(RankHistogram.listedLayers(new int[] {256, 8192, 256}))
                .containsExactly(true, true, true);
    }

    @Test
    void listsTheSmallestLayersOfAWideCodebook() {
        assertThat(RankHistogram.listedLayers(new int[] {65_536, 16, 32_768, 32_752, 1}))
                .containsExactly(false, true, false, true, true);
        assertThat(RankHistogram.listedLayers(new int[] {40_000, 40_000}))
                .containsExactly(true, false);
    }
}
