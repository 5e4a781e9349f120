package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sidestream.embedding.EmbeddingMatrix;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceFactsTest {

    @ParameterizedTest
    @CsvSource({"false, 0", "true, 0", "false, 700"})
    void areThoseThatTheTrainerGives(boolean normalize, int batchSize) {
        EmbeddingMatrix sample = gaussian(2_500, 6);
        TrainingOptions options =
                TrainingOptions.builder(30, 1, 7).normalize(normalize).batchSize(batchSize).build();
        Codebook codebook = CodebookTrainer.train("v1", sample, options, progress -> {});

        assertThat(ReferenceFacts.of(codebook, sample))
                .containsOnlyKeys(
                        "histogram.layer_1",
                        "histogram.layer_2",
                        "histogram.layer_3",
                        "quantization_error",
                        "sample_rows");
        assertThat(codebook.facts()).containsAllEntriesOf(ReferenceFacts.of(codebook, sample));
    }

    @Test
    void tellTheMeanOfWhatEachLayerLeaves() {
        float[][] layers = {{4, 0, 0, 4}, {0, 0, 0, 1, 1, 0}};
        Codebook codebook = Codebook.of("v1", 2, false, layers, Map.of());
        // Left of these: 1/5 and 0; 3/3 and 3/3; 1/sqrt(17) and 0; and nothing where all is zero.
        float[] values = {5, 0, 0, 7, 1, 4};
        Map<String, String> facts = ReferenceFacts.of(codebook, matrix(2, values));
        double[] errors = ReferenceFacts.quantizationErrors(facts, 2);

        assertThat(errors[0]).isEqualTo((1 / 5.0 + 3 / 7.0 + 1 / Math.sqrt(17)) / 3, within(1e-8));
        assertThat(errors[1]).isEqualTo((0 + 2 / 7.0 + 0) / 3, within(1e-8));
        assertThat(facts)
                .containsEntry("histogram.layer_1", "1,2")
                .containsEntry("histogram.layer_2", "0,1,2")
                .containsEntry("sample_rows", "3");
    }

    @Test
    void countAZeroEmbeddingAsReportsDo() {
        Codebook codebook = Codebook.of("v1", 1, false, new float[][] {{1}, {-1}}, Map.of());
        Map<String, String> facts = ReferenceFacts.of(codebook, matrix(1, new float[] {0, 2}));

        // All there is to say, four, and a half; then nothing, and once more all that there was.
        assertThat(ReferenceFacts.quantizationErrors(facts, 2)[0]).isEqualTo(2.25, within(1e-8));
        assertThat(ReferenceFacts.quantizationErrors(facts, 2)[1]).isEqualTo(0.5, within(1e-8));
    }

    @Test
    void areReadAsTheyWereWritten() {
        Map<String, String> facts =
                Map.of("histogram.layer_1", "3,0,4", "quantization_error", "0.25,0.0125");

        assertThat(ReferenceFacts.histogram(facts, 1, 3)).containsExactly(3, 0, 4);
        assertThat(ReferenceFacts.quantizationErrors(facts, 2)).containsExactly(0.25, 0.0125);
        assertThat(ReferenceFacts.histogram(facts, 2, 3)).isNull();
        assertThat(ReferenceFacts.quantizationErrors(Map.of(), 2)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3,0", "3,0,4,1", "3,0,", "3,0,x", "3,0,-4", "0,0,0", "3,0,4.5"})
    void areNoneWhereAHistogramDoesNotFit(String histogram) {
        assertThat(ReferenceFacts.histogram(Map.of("histogram.layer_1", histogram), 1, 3)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1,2,3", "1,", "1,x", "1,-0.1", "1,NaN", "1,Infinity"})
    void areNoneWhereErrorsDoNotFit(String errors) {
        assertThat(ReferenceFacts.quantizationErrors(Map.of("quantization_error", errors), 2))
                .isNull();
    }

    @Test
    void refuseSamplesThatCannotBeQuantized() {
        Codebook codebook = Codebook.of("v1", 2, true, new float[][] {{1, 2}}, Map.of());
        assertThatThrownBy(() -> ReferenceFacts.of(codebook, matrix(3, new float[3])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("have dimension 3")
                .hasMessageContaining("codebook v1 (1, dimension 2, normalized)");
        assertThatThrownBy(() -> ReferenceFacts.of(codebook, matrix(2, new float[0])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no embeddings");
        assertThatThrownBy(() -> ReferenceFacts.of(codebook, matrix(2, new float[] {1, 1, 0, -0f})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("item \"i1\" (row 1 of the sample) is zero");
        assertThatThrownBy(
                        () ->
                                ReferenceFacts.of(
                                        codebook,
                                        matrix(2, new float[] {1, Float.POSITIVE_INFINITY})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("item \"i0\" (row 0 of the sample) has Infinity");
    }

    private static EmbeddingMatrix gaussian(int rows, int dimension) {
        Random random = new Random(99);
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return matrix(dimension, values);
    }

    private static EmbeddingMatrix matrix(int dimension, float[] values) {
        return new EmbeddingMatrix(
                IntStream.range(0, values.length / dimension).mapToObj(i -> "i" + i).toList(),
                dimension,
                values);
    }
}
