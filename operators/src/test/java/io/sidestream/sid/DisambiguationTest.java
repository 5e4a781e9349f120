package io.sidestream.sid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DisambiguationTest {

    @ParameterizedTest
    @CsvSource({"append, APPEND", "when-needed, WHEN_NEEDED", "none, NONE"})
    void isNamedAsPeopleWriteIt(String name, Disambiguation policy) {
        assertThat(Disambiguation.parse(name)).isEqualTo(policy);
    }

    @ParameterizedTest
    @EnumSource
    void parsesWhatItPrints(Disambiguation policy) {
        assertThat(Disambiguation.parse(policy.toString())).isEqualTo(policy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "APPEND", "when_needed", "always"})
    void namesTheChoicesWhenItRefuses(String name) {
        assertThatThrownBy(() -> Disambiguation.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Disambiguation '%s' is not one of append, when-needed, none", name);
    }

    @Test
    void showsOrdinalsAsThePolicySays() {
        assertThat(Disambiguation.APPEND.shows(0)).isTrue();
        assertThat(Disambiguation.WHEN_NEEDED.shows(0)).isFalse();
        assertThat(Disambiguation.WHEN_NEEDED.shows(1)).isTrue();
        assertThat(Disambiguation.NONE.shows(Disambiguation.NO_ORDINAL)).isFalse();
    }
}
