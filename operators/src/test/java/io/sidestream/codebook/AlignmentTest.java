package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlignmentTest {

    private static final double NEVER = 1e9;

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "5, 5", "7, 7", "7, 4", "4, 7", "6, 1", "1, 6"})
    void agreesOnAsManyItemsAsAnyOrderDoes(int size, int olderSize) {
        Random random = new Random(size * 10L + olderSize);
        for (int trial = 0; trial < 20; trial++) {
            int items = 1 + random.nextInt(60);
            int[] codes = skewed(random, items, size);
            int[] olderCodes = skewed(random, items, olderSize);
            Alignment alignment = align(size, codes, olderSize, olderCodes);

            requireConsistent(alignment, size, codes, olderCodes);
            assertThat((int) Math.round(alignment.agreementAfter(1) * items))
                    .isEqualTo(bestOfAllOrders(new int[size], 0, 0, table(codes, olderCodes)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 300, 3_000, 30_000})
    void agreesOnAsManyItemsAsTheHungarianMethod(int items) {
        for (int size : new int[] {40, 60}) {
            Random random = new Random(items + size);
            int[] codes = skewed(random, items, size);
            int[] olderCodes = skewed(random, items, 60);
            for (int item = 0; item < items; item += 3) {
                olderCodes[item] = (codes[item] * 7 + random.nextInt(3)) % 60;
            }
            Alignment alignment = align(size, codes, 60, olderCodes);

            requireConsistent(alignment, size, codes, olderCodes);
            assertThat((int) Math.round(alignment.agreementAfter(1) * items))
                    .isEqualTo(hungarian(table(codes, olderCodes), size));
        }
    }

    @Test
    void undoesAPermutation() {
        int[] olderCodes = skewed(new Random(1), 500, 12);
        int[] codes = Arrays.stream(olderCodes).map(code -> (code * 5 + 3) % 12).toArray();
        Alignment alignment = align(12, codes, 12, olderCodes);

        assertThat(alignment.agreementBefore(1)).isLessThan(0.5);
        assertThat(alignment.agreementAfter(1)).isEqualTo(1);
        assertThat(alignment.order(1))
                .isEqualTo(IntStream.range(0, 12).map(index -> (index * 5 + 3) % 12).toArray());
    }

    @Test
    void leavesAlignedCodebooksAlone() {
        int[] codes = {0, 2, 2, 5};
        assertThat(align(6, codes, 6, codes).order(1)).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void keepsCodewordsWithoutItemsWhereTheyAreIfItCan() {
        // 0 is to be 3; 3, which is thus driven out, takes the place that 0 leaves.
        assertThat(align(5, new int[] {0}, 5, new int[] {3}).order(1))
                .containsExactly(3, 1, 2, 0, 4);
        // Tokens that there are no more are nobody's.
        assertThat(align(3, new int[] {1, 2}, 5, new int[] {4, 1}).order(1))
                .containsExactly(0, 2, 1);
    }

    @Test
    void alignsLayersThatBothCodebooksHave() {
        int[] codes = {0, 1, 1, 0, 0, 1};
        int[] olderCodes = {1, 0, 1};
        Alignment fewer = Alignment.of(new int[] {2, 2}, codes, new int[] {2}, olderCodes);
        assertThat(fewer.layers()).isEqualTo(1);
        assertThat(fewer.agreementBefore(1)).isZero();
        assertThat(fewer.agreementAfter(1)).isEqualTo(1);
        Codebook codebook = codebook(new Random(5), Map.of(), 2, 2);
        Codebook aligned = fewer.apply(codebook, "v1");
        assertThat(aligned.layer(1)).isNotEqualTo(codebook.layer(1));
        assertThat(aligned.layer(2)).isEqualTo(codebook.layer(2));
        assertThat(aligned.facts()).doesNotContainKey("permutation.layer_2");
        assertThatThrownBy(() -> fewer.order(2)).hasMessage("layers 1 to 1 are aligned, not 2");

        Alignment more = Alignment.of(new int[] {2}, olderCodes, new int[] {2, 2}, codes);
        assertThat(more.layers()).isEqualTo(1);
        assertThat(more.agreementAfter(1)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void changesNothingButTheNumbersOfCodewords(boolean normalize) {
        Random random = new Random(17);
        int rows = 3_000;
        float[] embeddings = gaussian(random, rows * 6);
        int[] sizes = {40, 23, 9};
        Codebook older = codebook(random, Map.of(), normalize, 40, 30);
        Codebook codebook = codebook(random, Map.of("about", "x"), normalize, sizes);
        Quantized before = Quantized.of(codebook, embeddings);
        Alignment alignment =
                Alignment.of(
                        sizes,
                        before.codes,
                        older.layerSizes(),
                        Quantized.of(older, embeddings).codes);
        Codebook aligned = alignment.apply(codebook, "v1");
        Quantized after = Quantized.of(aligned, embeddings);

        assertThat(alignment.agreementAfter(1)).isGreaterThan(alignment.agreementBefore(1));
        assertThat(after.squaredNorms).isEqualTo(before.squaredNorms);
        int[] renumbered = after.codes.clone();
        for (int i = 0; i < renumbered.length; i++) {
            if (i % 3 < 2) {
                renumbered[i] = alignment.order(i % 3 + 1)[renumbered[i]];
            }
        }
        assertThat(renumbered).isEqualTo(before.codes);
        assertThat(aligned.version()).isEqualTo("v2");
        assertThat(aligned.normalize()).isEqualTo(normalize);
        assertThat(aligned.facts())
                .containsEntry("about", "x")
                .containsEntry("aligned_with", "v1")
                .containsEntry(
                        "permutation.layer_2",
                        Arrays.toString(alignment.order(2)).replaceAll("[\\[\\] ]", ""));
    }

    @Test
    void takesTheHistogramAlong() {
        Codebook codebook =
                codebook(
                        new Random(3),
                        Map.of("histogram.layer_1", "7,0,5", "histogram.layer_2", "12"),
                        3,
                        2);
        int[] codes = {0, 0, 2, 1};
        Alignment alignment =
                Alignment.of(new int[] {3, 2}, codes, new int[] {3, 2}, new int[] {1, 0, 0, 1});
        Codebook aligned = alignment.apply(codebook, "v1");

        assertThat(aligned.facts())
                .containsEntry("permutation.layer_1", "2,0,1")
                .containsEntry("histogram.layer_1", "5,7,0")
                .as("it was of no such layer before")
                .containsEntry("histogram.layer_2", "12");
    }

    @Test
    void tellsThePermutationFromTheFirstOrderOn() {
        Random random = new Random(4);
        Codebook codebook = codebook(random, Map.of(), 8);
        Codebook aligned = codebook;
        for (int i = 1; i <= 3; i++) {
            int[] codes = skewed(random, 40, 8);
            aligned = align(8, codes, 8, skewed(random, 40, 8)).apply(aligned, "older" + i);
        }
        String[] permutation = aligned.facts().get("permutation.layer_1").split(",", -1);
        for (int index = 0; index < 8; index++) {
            assertThat(codeword(aligned, index))
                    .isEqualTo(codeword(codebook, Integer.parseInt(permutation[index])));
        }
        assertThat(aligned.facts()).containsEntry("aligned_with", "older3");
    }

    @Test
    void refusesWhatIsNotOfTheSameItemsOrCodebooks() {
        int[] two = {0, 1};
        assertThatThrownBy(() -> align(2, two, 2, new int[] {0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 items")
                .hasMessageContaining("1 under the older one");
        assertThatThrownBy(() -> align(2, new int[0], 2, new int[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one at least");
        assertThatThrownBy(() -> align(2, two, 1, two))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("item 1 has code 1 in layer 1 of the older codebook");
        assertThatThrownBy(() -> Alignment.of(new int[] {2, 2}, new int[3], new int[] {2}, two))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 codes under the aligned codebook");
        Codebook other = codebook(new Random(1), Map.of(), 3);
        assertThatThrownBy(() -> align(2, two, 2, two).apply(other, "v1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("codebook v2 (3, dimension 6) is not of the layers [2]");
    }

    private static Alignment align(int size, int[] codes, int olderSize, int[] olderCodes) {
        return Alignment.of(new int[] {size}, codes, new int[] {olderSize}, olderCodes);
    }

    /** The order is one, and the agreement is what it gives. */
    private static void requireConsistent(
            Alignment alignment, int size, int[] codes, int[] olderCodes) {
        int[] order = alignment.order(1);
        assertThat(Arrays.stream(order).sorted())
                .containsExactly(IntStream.range(0, size).boxed().toArray(Integer[]::new));
        long agreed =
                IntStream.range(0, codes.length)
                        .filter(item -> olderCodes[item] < size)
                        .filter(item -> order[olderCodes[item]] == codes[item])
                        .count();
        assertThat(alignment.agreementAfter(1)).isEqualTo((double) agreed / codes.length);
        long before =
                IntStream.range(0, codes.length)
                        .filter(item -> olderCodes[item] == codes[item])
                        .count();
        assertThat(alignment.agreementBefore(1)).isEqualTo((double) before / codes.length);
    }

    /** Items by code and older code, 64 x 64. */
    private static int[][] table(int[] codes, int[] olderCodes) {
        int[][] table = new int[64][64];
        for (int item = 0; item < codes.length; item++) {
            table[codes[item]][olderCodes[item]]++;
        }
        return table;
    }

    /** Tries every place for this codeword and those after it. */
    private static int bestOfAllOrders(int[] taken, int codeword, int agreed, int[][] table) {
        if (codeword == taken.length) {
            return agreed;
        }
        int best = 0;
        for (int place = 0; place < taken.length; place++) {
            if (taken[place] == 0) {
                taken[place] = 1;
                int with = agreed + table[codeword][place];
                best = Math.max(best, bestOfAllOrders(taken, codeword + 1, with, table));
                taken[place] = 0;
            }
        }
        return best;
    }

    /**
     * The Hungarian method on the whole table, row by row: the columns are taken in the order of
     * their least reduced cost until one is free.
     */
    private static int hungarian(int[][] table, int size) {
        double[] rowPotential = new double[size];
        double[] columnPotential = new double[size];
        int[] rowOf = new int[size];
        Arrays.fill(rowOf, -1);
        for (int first = 0; first < size; first++) {
            double[] slack = new double[size];
            Arrays.fill(slack, NEVER);
            int[] from = new int[size];
            boolean[] used = new boolean[size];
            int row = first;
            int column = -1;
            while (row >= 0) {
                int next = -1;
                for (int j = 0; j < size; j++) {
                    if (!used[j]) {
                        double reduced = -table[row][j] - rowPotential[row] - columnPotential[j];
                        if (reduced < slack[j]) {
                            slack[j] = reduced;
                            from[j] = column;
                        }
                        next = next < 0 || slack[j] < slack[next] ? j : next;
                    }
                }
                double least = slack[next];
                rowPotential[first] += least;
                for (int j = 0; j < size; j++) {
                    if (used[j]) {
                        columnPotential[j] -= least;
                        rowPotential[rowOf[j]] += least;
                    } else {
                        slack[j] -= least;
                    }
                }
                used[next] = true;
                column = next;
                row = rowOf[column];
            }
            while (column >= 0) {
                rowOf[column] = from[column] < 0 ? first : rowOf[from[column]];
                column = from[column];
            }
        }
        return IntStream.range(0, size).map(column -> table[rowOf[column]][column]).sum();
    }

    private static int[] skewed(Random random, int items, int size) {
        return IntStream.range(0, items)
                .map(item -> (int) (size * Math.pow(random.nextDouble(), 2)))
                .toArray();
    }

    private static float[] gaussian(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Codebook codebook(Random random, Map<String, String> facts, int... sizes) {
        return codebook(random, facts, false, sizes);
    }

    private static Codebook codebook(
            Random random, Map<String, String> facts, boolean normalize, int... sizes) {
        float[][] layers =
                Arrays.stream(sizes)
                        .mapToObj(size -> gaussian(random, size * 6))
                        .toArray(float[][]::new);
        return Codebook.of("v2", 6, normalize, layers, facts);
    }

    private static float[] codeword(Codebook codebook, int index) {
        return Arrays.copyOfRange(codebook.layer(1), index * 6, (index + 1) * 6);
    }

    private record Quantized(int[] codes, double[] squaredNorms) {

        static Quantized of(Codebook codebook, float[] embeddings) {
            int rows = embeddings.length / codebook.dimension();
            int[] codes = new int[rows * codebook.layers()];
            double[] squaredNorms = new double[rows * (codebook.layers() + 1)];
            codebook.quantizer().worker().quantize(embeddings, rows, codes, squaredNorms);
            return new Quantized(codes, squaredNorms);
        }
    }
}
