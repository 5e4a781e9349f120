package io.sidestream.operators.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.hourglass.QuantizationError;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {

    @Test
    void readsWhatTheCodebookDidToItsSample() {
        Reference reference =
                of(
                        Map.of(
                                "histogram.layer_1", "5,6",
                                "histogram.layer_2", "0,11,0",
                                "quantization_error", "0.5,1e-3"));

        assertThat(reference.counts()).isDeepEqualTo(new long[][] {{5, 6}, {0, 11, 0}});
        assertThat(reference.quantizationError(2, 0.002))
                .isEqualTo(new QuantizationError(0.002, 0.001));
        assertThat(reference.quantizationError(1, null))
                .isEqualTo(new QuantizationError(null, 0.5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.5", "0.5,0.4,0.3", "0.5,", "0.5,x", "0.5,-1", "NaN,0.5"})
    void doesWithoutQuantizationErrorsThatDoNotFit(String errors) {
        Reference reference = of(Map.of("quantization_error", errors));

        assertThat(reference.quantizationError(1, 0.7)).isEqualTo(new QuantizationError(0.7, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "5,6,7", "5,x", "5,-1", "0,0"})
    void doesWithoutAHistogramThatDoesNotFit(String histogram) {
        Reference reference = of(Map.of("histogram.layer_1", histogram));

        assertThat(reference.drift(1, new long[] {1, 2})).isNull();
    }

    @Test
    void knowsNothingOfACodebookWithoutFacts() {
        assertThat(of(Map.of())).usingRecursiveComparison().isEqualTo(Reference.none(2));
        assertThat(Reference.none(2).quantizationError(2, 0.7).expected()).isNull();
    }

    private static Reference of(Map<String, String> facts) {
        return Reference.of(
                CodebookManifest.newBuilder()
                        .setVersion("v1")
                        .setUri("file:/v1")
                        .setSha256("0".repeat(64))
                        .setDimension(4)
                        .setLayerSizes(List.of(2, 3))
                        .setNormalize(false)
                        .setStatus(CodebookStatus.ACTIVE)
                        .setPublishedAt(Instant.EPOCH)
                        .build(),
                facts);
    }
}
