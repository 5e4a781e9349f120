package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sidestream.embedding.EmbeddingMatrix;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodebookTrainerTest {
    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0, 500})
    void findsTheCentresOfAMixture(int batchSize) {
        int centres = 24;
        int dimension = 8;
        Random random = new Random(5);
        float[][] truth = new float[centres][dimension];
        for (float[] centre : truth) {
            for (int t = 0; t < dimension; t++) {
                centre[t] = (float) (10 * random.nextGaussian());
            }
        }
        float[] values = new float[2400 * dimension];
        for (int i = 0; i < values.length; i++) {
            int centre = i / dimension % centres;
            values[i] = truth[centre][i % dimension] + (float) (0.1 * random.nextGaussian());
        }
        Codebook codebook =
                train(
                        matrix(dimension, values),
                        TrainingOptions.builder(centres).batchSize(batchSize));
        for (float[] centre : truth) {
            double nearest =
                    IntStream.range(0, centres)
                            .mapToDouble(c -> distance(centre, codebook.layer(1), c))
                            .min()
                            .orElseThrow();
            assertThat(nearest).isLessThan(0.1);
        }
    }

    @Test
    void isReproducibleForAnyNumberOfThreads() throws IOException {
        EmbeddingMatrix sample = gaussian(5000, 12);
        for (int batchSize : new int[] {0, 1500}) {
            TrainingOptions.Builder options =
                    TrainingOptions.builder(40, 17, 5).batchSize(batchSize).maxIterations(6);
            byte[] expected = bytes(train(sample, options.threads(1)));
            assertThat(bytes(train(sample, options.threads(2)))).isEqualTo(expected);
            assertThat(bytes(train(sample, options.threads(7)))).isEqualTo(expected);
            assertThat(bytes(train(sample, options.seed(2)))).isNotEqualTo(expected);
        }
    }

    @Test
    void trainsLayersOfUnequalSizeOnWhatIsLeftOver() {
        EmbeddingMatrix sample = gaussian(3000, 6);
        Codebook codebook = train(sample, TrainingOptions.builder(50, 1, 7));
        assertThat(codebook.layerSizes()).containsExactly(50, 1, 7);
        // One codeword is the mean of the residuals, which the layer before has made almost zero.
        for (float component : codebook.layer(2)) {
            assertThat(component).isBetween(-0.01f, 0.01f);
        }
    }

    @Test
    void recordsFactsThatTheQuantizerConfirms() {
        EmbeddingMatrix sample = gaussian(2000, 5);
        Codebook codebook = train(sample, TrainingOptions.builder(20, 9).normalize(true));
        int[] codes = new int[2000 * 2];
        double[] norms = new double[2000 * 3];
        codebook.quantizer().worker().quantize(sample.values(), 2000, codes, norms);
        for (int l = 0; l < 2; l++) {
            int layer = l;
            int[] counts = new int[codebook.layerSize(l + 1)];
            double relative = 0;
            double squared = 0;
            for (int row = 0; row < 2000; row++) {
                counts[codes[row * 2 + l]]++;
                relative += norms[row * 3 + l + 1] / norms[row * 3] / 2000;
                squared += norms[row * 3 + l + 1] / 2000;
            }
            String histogram = codebook.facts().get("histogram.layer_" + (layer + 1));
            assertThat(Arrays.stream(histogram.split(",")).mapToInt(Integer::parseInt))
                    .containsExactly(Arrays.stream(counts).boxed().toArray(Integer[]::new));
            assertThat(fact(codebook, "relative_error", l)).isEqualTo(relative, within(1e-7));
            assertThat(fact(codebook, "mean_squared_error", l)).isEqualTo(squared, within(1e-7));
        }
        assertThat(codebook.facts())
                .containsEntry("sample_rows", "2000")
                .containsEntry("seed", "1")
                .containsEntry("tolerance", "0.0001")
                .doesNotContainKey("trained_at");
    }

    @Test
    void normalizesAsTheQuantizerDoes() {
        EmbeddingMatrix sample = gaussian(1000, 4);
        float[] normalized = sample.values().clone();
        for (int row = 0; row < 1000; row++) {
            double sum = 0;
            for (int t = 0; t < 4; t++) {
                sum += (double) normalized[row * 4 + t] * normalized[row * 4 + t];
            }
            for (int t = 0; t < 4; t++) {
                normalized[row * 4 + t] = (float) (normalized[row * 4 + t] / Math.sqrt(sum));
            }
        }
        float[] untouched = sample.values().clone();
        Codebook inside = train(sample, TrainingOptions.builder(16, 8).normalize(true));
        Codebook outside = train(matrix(4, normalized), TrainingOptions.builder(16, 8));
        assertThat(inside.normalize()).isTrue();
        assertThat(inside.layer(1)).containsExactly(outside.layer(1));
        assertThat(inside.layer(2)).containsExactly(outside.layer(2));
        assertThat(sample.values()).containsExactly(untouched);
    }

    @Test
    void leavesNoCodewordEmptyWhenMostRowsAreTheSame() {
        // Only 40 of 60000 rows differ from the rest, and seeding looks at 16384: it has to repeat
        // centroids, which then have no rows and are sent to the others.
        float[] values = new float[60_000 * 2];
        for (int i = 0; i < 40; i++) {
            values[i * 1500 * 2] = i + 1;
            values[i * 1500 * 2 + 1] = i % 7;
        }
        Codebook codebook = train(matrix(2, values), TrainingOptions.builder(41).tolerance(0));
        Set<String> codewords = new HashSet<>();
        for (int c = 0; c < 41; c++) {
            codewords.add(codebook.layer(1)[2 * c] + "," + codebook.layer(1)[2 * c + 1]);
        }
        Set<String> distinct = new HashSet<>();
        for (int row = 0; row < 60_000; row++) {
            distinct.add(values[2 * row] + "," + values[2 * row + 1]);
        }
        assertThat(codewords).isEqualTo(distinct);
        assertThat(fact(codebook, "relative_error", 0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 500})
    void goesOnFromTheCodewordsOfAnotherCodebook(int batchSize) {
        int centres = 24;
        Random random = new Random(6);
        float[] truth = new float[centres * 4];
        float[] offsets = {1, 0, 0, 0, 0, -1, 0, 0};
        for (int i = 0; i < truth.length; i++) {
            truth[i] = (float) (20 * random.nextGaussian());
        }
        Codebook older = Codebook.of("v1", 4, false, new float[][] {truth, offsets}, Map.of());
        // Every centre has moved a little, and is the middle of two heaps.
        float[] values = new float[2400 * 4];
        for (int i = 0; i < values.length; i++) {
            int row = i / 4;
            values[i] =
                    truth[row % centres * 4 + i % 4]
                            + 0.3f
                            + offsets[row / centres % 2 * 4 + i % 4]
                            + (float) (0.01 * random.nextGaussian());
        }
        TrainingOptions.Builder options =
                TrainingOptions.builder(centres, 2).batchSize(batchSize).warmStart(older);
        Codebook codebook = train(matrix(4, values), options);

        for (int i = 0; i < truth.length; i++) {
            double middle = truth[i] + 0.3 + (offsets[i % 4] + offsets[4 + i % 4]) / 2;
            assertThat(codebook.layer(1)[i]).isCloseTo((float) middle, within(0.02f));
        }
        for (int i = 0; i < 8; i++) {
            double half = (offsets[i] - offsets[(i + 4) % 8]) / 2;
            assertThat(codebook.layer(2)[i]).isCloseTo((float) half, within(0.02f));
        }
        assertThat(older.layer(1)).as("is not written to").isSameAs(truth);
        assertThat(older.layer(1)[0]).isNotEqualTo(codebook.layer(1)[0]);
    }

    @Test
    void staysWhereItStartsIfNothingIsToBeGained() throws IOException {
        EmbeddingMatrix sample = gaussian(3000, 5);
        Codebook older =
                train(sample, TrainingOptions.builder(20, 9).maxIterations(1000).tolerance(0));
        Codebook codebook = train(sample, TrainingOptions.builder(20, 9).seed(7).warmStart(older));

        assertThat(codebook.layer(1)).isEqualTo(older.layer(1));
        assertThat(codebook.layer(2)).isEqualTo(older.layer(2));
        Path file = directory.resolve("older");
        CodebookFile.write(older, file);
        assertThat(codebook.facts())
                .containsEntry("iterations", "2,2")
                .containsEntry("warm_start", "v1 " + CodebookFile.sha256(file));
        assertThat(older.facts()).doesNotContainKey("warm_start");
    }

    @Test
    void startsAnewWhereACodewordHasNoRowsAnyMore() throws IOException {
        float[] far = {0, 0, 1000, 1000, 1000, 1000, -1000, 1000};
        Codebook older = Codebook.of("v1", 2, false, new float[][] {far}, Map.of());
        TrainingOptions.Builder options = TrainingOptions.builder(4).warmStart(older);
        Codebook codebook = train(gaussian(1000, 2), options);

        long[] histogram = ReferenceFacts.histogram(codebook.facts(), 1, 4);
        assertThat(histogram).isNotNull().doesNotContain(0);
        assertThat(bytes(train(gaussian(1000, 2), options.threads(3)))).isEqualTo(bytes(codebook));
    }

    @Test
    void refusesToStartFromACodebookOfAnotherKind() {
        Codebook older = Codebook.of("v1", 2, true, new float[][] {{1, 2, 3, 4}}, Map.of());
        assertThatThrownBy(() -> TrainingOptions.builder(2).warmStart(older).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "training cannot start from codebook v1 (2, dimension 2, normalized):"
                                + " embeddings that are not normalized are asked for");
        assertThatThrownBy(
                        () ->
                                TrainingOptions.builder(2, 3)
                                        .normalize(true)
                                        .warmStart(older)
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layers of [2, 3] codewords are asked for");
        assertThatThrownBy(
                        () ->
                                train(
                                        gaussian(10, 3),
                                        TrainingOptions.builder(2)
                                                .normalize(true)
                                                .warmStart(older)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the embeddings of the sample have dimension 3");
    }

    @Test
    void tellsHowFarItIs() {
        List<TrainingProgress> told = new ArrayList<>();
        CodebookTrainer.train(
                "v1",
                gaussian(2000, 4),
                TrainingOptions.builder(30, 10).maxIterations(5).tolerance(0).build(),
                told::add);
        assertThat(told).hasSize(12);
        assertThat(told.get(0).meanSquaredError()).isNaN();
        assertThat(told.get(11).fraction()).isEqualTo(1);
        assertThat(told).extracting(TrainingProgress::fraction).isSorted();
        for (int i = 2; i < 6; i++) {
            assertThat(told.get(i).meanSquaredError())
                    .isLessThan(told.get(i - 1).meanSquaredError());
        }
    }

    @Test
    void stopsWhenALayerHasConverged() {
        float[] values = {0, 0, 1, 1, 10, 10, 11, 11};
        Codebook codebook =
                train(matrix(1, values), TrainingOptions.builder(4, 1).maxIterations(1000));
        assertThat(codebook.facts().get("iterations")).startsWith("2,");
    }

    @Test
    void trainsOnASampleOfAFile() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            lines.append("{\"id\": %d, \"embedding\": [%d, 1]}\n".formatted(i, i));
        }
        Path file = Files.writeString(directory.resolve("x.jsonl"), lines);
        TrainingOptions options = TrainingOptions.builder(3).sampleLimit(60).threads(2).build();
        Codebook codebook = CodebookTrainer.train("v1", file, options, CodebookTrainerTest::ignore);
        assertThat(codebook.facts()).containsEntry("sample_rows", "60");
    }

    @Test
    void refusesSamplesThatCannotFillALayer() {
        assertThatThrownBy(() -> train(gaussian(10, 3), TrainingOptions.builder(4, 11)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer 2 is to have 11 codewords")
                .hasMessageContaining("only 10 embeddings");
        float[] twice = {1, 2, 1, 2, 3, 4, -0f, 0, 0, 0};
        assertThatThrownBy(() -> train(matrix(2, twice), TrainingOptions.builder(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("only 3 distinct embeddings");
        assertThatThrownBy(() -> train(matrix(2, twice), TrainingOptions.builder(3, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer 2")
                .hasMessageContaining("only 1 distinct residuals");
    }

    @Test
    void refusesRowsThatCannotBeQuantized() {
        float[] infinite = {1, 2, 3, Float.NaN};
        assertThatThrownBy(() -> train(matrix(2, infinite), TrainingOptions.builder(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("item \"i1\" (row 1 of the sample) has NaN in component 1");
        float[] zero = {1, 2, 0, 0};
        assertThatThrownBy(() -> train(matrix(2, zero), TrainingOptions.builder(1).normalize(true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("item \"i1\" (row 1 of the sample) is zero");
        assertThat(train(matrix(2, zero), TrainingOptions.builder(2)).layers()).isEqualTo(1);
    }

    @Test
    void refusesImpossibleOptions() {
        for (TrainingOptions.Builder options :
                List.of(
                        TrainingOptions.builder(),
                        TrainingOptions.builder(4, 0),
                        TrainingOptions.builder(4).maxIterations(0),
                        TrainingOptions.builder(4).tolerance(Double.NaN),
                        TrainingOptions.builder(4).batchSize(-1),
                        TrainingOptions.builder(4).sampleLimit(-1),
                        TrainingOptions.builder(4).threads(0))) {
            assertThatThrownBy(options::build).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static Codebook train(EmbeddingMatrix sample, TrainingOptions.Builder options) {
        return CodebookTrainer.train("v1", sample, options.build(), CodebookTrainerTest::ignore);
    }

    private static void ignore(TrainingProgress progress) {}

    private static EmbeddingMatrix gaussian(int rows, int dimension) {
        Random random = new Random(99);
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return matrix(dimension, values);
    }

    private static EmbeddingMatrix matrix(int dimension, float[] values) {
        List<String> ids =
                IntStream.range(0, values.length / dimension).mapToObj(i -> "i" + i).toList();
        return new EmbeddingMatrix(ids, dimension, values);
    }

    private static double distance(float[] point, float[] codewords, int codeword) {
        double sum = 0;
        for (int t = 0; t < point.length; t++) {
            double difference = point[t] - codewords[codeword * point.length + t];
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }

    private static double fact(Codebook codebook, String name, int layer) {
        return Double.parseDouble(codebook.facts().get(name).split(",", -1)[layer]);
    }

    private static byte[] bytes(Codebook codebook) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CodebookFile.write(codebook, out);
        return out.toByteArray();
    }
}
