package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CodebookLimitsTest {

    @Test
    void takesTheLargestShapes() {
        assertThatNoException()
                .isThrownBy(
                        () -> {
                            CodebookLimits.requireShape(1, new int[] {1 << 20});
                            CodebookLimits.requireShape(65_536, new int[] {32_767});
                            CodebookLimits.requireShape(
                                    256, IntStream.generate(() -> 1 << 15).limit(32).toArray());
                        });
    }

    @Test
    void refusesTooManyLayers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CodebookLimits.requireShape(4, new int[33]))
                .withMessage("a codebook has 1 to 32 layers, not 33");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CodebookLimits.requireShape(4, new int[0]))
                .withMessage("a codebook has 1 to 32 layers, not 0");
    }

    @Test
    void refusesTooManyCodewordsInAll() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> CodebookLimits.requireShape(4, new int[] {349_600, 349_600, 349_600}))
                .withMessageContaining("1048800 codewords in all layers")
                .withMessageContaining("1048576");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                CodebookLimits.requireShape(
                                        1, new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE}))
                .withMessageContaining("layer 1");
    }

    @Test
    void refusesALayerOfNoCodewords() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CodebookLimits.requireShape(4, new int[] {3, 0}))
                .withMessageContaining("layer 2 has 0 codewords");
    }

    @Test
    void refusesALayerThatNoArrayHolds() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CodebookLimits.requireShape(65_536, new int[] {4, 32_768}))
                .withMessageContaining("layer 2 has 32768 codewords of dimension 65536");
    }

    @Test
    void refusesADimensionOutOfRange() {
        for (int dimension : new int[] {-1, 0, 65_537}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CodebookLimits.requireShape(dimension, new int[] {3}))
                    .withMessageContaining("1 to 65536, not " + dimension);
        }
    }

    @Test
    void refusesWhatIsNoSha256() {
        CodebookLimits.requireSha256("0123456789abcdef".repeat(4));
        for (String wrong :
                new String[] {"", "0123456789ABCDEF".repeat(4), "a".repeat(63), "../x"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CodebookLimits.requireSha256(wrong))
                    .withMessageContaining("64 lower-case hexadecimal digits");
        }
    }
}
