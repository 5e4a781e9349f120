package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.quantize.ResidualQuantizer;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class UnreachableCodewordsTest {

    @Test
    void findsEqualCodewordsAlsoWhereZerosHaveDifferentSigns() {
        Codebook codebook =
                Codebook.of(
                        "v",
                        2,
                        false,
                        new float[][] {{1, 2, 0, 0, 1, 2, -0f, 0, 0, -0f}, {1, 2, 3, 4}},
                        Map.of());

        assertThat(UnreachableCodewords.in(codebook))
                .extracting(Object::toString)
                .containsExactly(
                        "layer 1: 3 codewords can never be chosen: codeword 2 equals codeword 0");
    }

    @Test
    void findsCodewordsThatNoNormalizedEmbeddingIsNearTo() {
        Codebook codebook =
                Codebook.of(
                        "v", 2, true, new float[][] {{1, 0, 0, 1, 9, 9}, {0, 0, 50, 0}}, Map.of());

        assertThat(UnreachableCodewords.in(codebook))
                .extracting(Object::toString)
                .containsExactly(
                        "layer 1: 1 codeword can never be chosen: codeword 2 is longer than any"
                                + " normalized embedding can reach",
                        "layer 2: 1 codeword can never be chosen: codeword 1 is longer than any"
                                + " normalized embedding can reach");
    }

    @Test
    void findsNothingThatIsChosen() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            float[][] layers = new float[2][12 * 3];
            for (float[] layer : layers) {
                for (int i = 0; i < layer.length; i++) {
                    layer[i] = (float) (random.nextGaussian() * Math.pow(4, random.nextInt(4)));
                }
            }
            Codebook codebook = Codebook.of("v", 3, round % 2 == 0, layers, Map.of());
            float[] embeddings = new float[3 * 300];
            for (int i = 0; i < embeddings.length; i++) {
                embeddings[i] = (float) random.nextGaussian();
            }
            int[] codes = new int[300 * 2];
            ResidualQuantizer quantizer = codebook.quantizer();
            quantizer.worker().quantize(embeddings, 300, codes);
            TreeSet<String> chosen = new TreeSet<>();
            for (int i = 0; i < codes.length; i++) {
                chosen.add((i % 2 + 1) + "/" + codes[i]);
            }

            assertThat(UnreachableCodewords.in(codebook))
                    .allSatisfy(
                            found ->
                                    assertThat(chosen)
                                            .doesNotContain(found.layer() + "/" + found.example()));
        }
    }
}
