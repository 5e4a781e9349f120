package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodebookTest {
    private static final float[][] LAYERS = {{1, 2, 3, 4, 5, 6}, {7, 8}};

    @Test
    void countsLayersFromOne() {
        Codebook codebook = Codebook.of("v1", 2, true, LAYERS, Map.of("b", "2", "a", "1"));
        assertThat(codebook.layers()).isEqualTo(2);
        assertThat(codebook.layerSize(1)).isEqualTo(3);
        assertThat(codebook.layerSizes()).containsExactly(3, 1);
        assertThat(codebook.layer(2)).containsExactly(7, 8);
        assertThat(codebook.facts().keySet()).containsExactly("a", "b");
        assertThat(codebook).hasToString("codebook v1 (3 x 1, dimension 2, normalized)");
        assertThatThrownBy(() -> codebook.layer(0)).hasMessageContaining("layers 1 to 2, not 0");
        assertThatThrownBy(() -> codebook.layerSize(3)).hasMessageContaining("not 3");
    }

    @Test
    void isRenamedAndAnnotatedWithoutCopying() {
        Codebook codebook = Codebook.of("v1", 2, false, LAYERS, Map.of());
        Codebook other =
                codebook.withVersion("v2")
                        .withFact("trained_at", "today")
                        .withFacts(Map.of("b", "1", "a", "2"));
        assertThat(other.version()).isEqualTo("v2");
        assertThat(other.facts())
                .containsExactly(
                        Map.entry("a", "2"), Map.entry("b", "1"), Map.entry("trained_at", "today"));
        assertThat(other.layer(1)).isSameAs(codebook.layer(1));
        assertThat(codebook.version()).isEqualTo("v1");
        assertThat(codebook.facts()).isEmpty();
    }

    @Test
    void quantizesWithItsLayers() {
        Codebook codebook =
                Codebook.of("v1", 2, false, new float[][] {{0, 0, 10, 0}, {0, 1, 1, 0}}, Map.of());
        int[] codes = new int[4];
        codebook.quantizer().worker().quantize(new float[] {10.9f, 0, 0.1f, 0.8f}, 2, codes);
        assertThat(codes).containsExactly(1, 1, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "v/1", "é", "v1\n"})
    void refusesNamesThatCannotBePartOfATopic(String version) {
        assertThatThrownBy(() -> Codebook.of(version, 2, false, LAYERS, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be 1 to 64 letters");
        assertThatThrownBy(() -> Codebook.of("v", 2, false, LAYERS, Map.of()).withVersion(version))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesImpossibleShapesAndValues() {
        assertThatThrownBy(() -> Codebook.of("v", 0, false, LAYERS, Map.of()))
                .hasMessageContaining("dimension is 1 to 65536, not 0");
        assertThatThrownBy(() -> Codebook.of("v", 2, false, new float[0][], Map.of()))
                .hasMessageContaining("1 to 32 layers, not 0");
        assertThatThrownBy(() -> Codebook.of("v", 2, false, new float[][] {{1, 2}, {}}, Map.of()))
                .hasMessageContaining("layer 2 has 0 values");
        assertThatThrownBy(() -> Codebook.of("v", 4, false, LAYERS, Map.of()))
                .hasMessageContaining("layer 1 has 6 values");
        float[][] infinite = {{1, 2}, {1, 2, 3, Float.NEGATIVE_INFINITY}};
        assertThatThrownBy(() -> Codebook.of("v", 2, false, infinite, Map.of()))
                .hasMessageContaining("layer 2, codeword 1, component 1 is -Infinity");
        float[][] tooLong = {{1, 2}, {1, 2, 2e19f, 2e19f}};
        assertThatThrownBy(() -> Codebook.of("v", 2, false, tooLong, Map.of()))
                .hasMessageContaining("layer 2, codeword 1 is too long");
        assertThatThrownBy(() -> Codebook.of("v", 1, false, new float[33][1], Map.of()))
                .hasMessageContaining("1 to 32 layers, not 33");
        assertThatThrownBy(
                        () ->
                                Codebook.of(
                                        "v",
                                        1,
                                        false,
                                        new float[][] {new float[1 << 21]},
                                        Map.of()))
                .hasMessageContaining("at most 1048576");
    }
}
