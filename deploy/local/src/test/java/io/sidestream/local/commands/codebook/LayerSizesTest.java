package io.sidestream.local.commands.codebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class LayerSizesTest {

    private final LayerSizes.Converter converter = new LayerSizes.Converter();

    @Test
    void readsAListAndItsShortForm() {
        assertThat(converter.convert("256,64,1024").sizes()).containsExactly(256, 64, 1024);
        assertThat(converter.convert("3x256").sizes()).containsExactly(256, 256, 256);
        assertThat(converter.convert("7").sizes()).containsExactly(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "256,", "3x", "x256", "3x256,2", "-1", "1e3", "999999999"})
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
