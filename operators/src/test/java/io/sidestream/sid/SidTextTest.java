package io.sidestream.sid;

import static io.sidestream.sid.Disambiguation.APPEND;
import static io.sidestream.sid.Disambiguation.NONE;
import static io.sidestream.sid.Disambiguation.NO_ORDINAL;
import static io.sidestream.sid.Disambiguation.WHEN_NEEDED;
import static io.sidestream.sid.SidPath.DROPPED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SidTextTest {

    @Test
    void typesEveryTokenByItsLayer() {
        assertThat(SidText.DEFAULT.of(path(12, 5, 7), 0, APPEND))
                .isEqualTo("<a_12><b_5><c_7><d_0>");
    }

    @Test
    void showsTheOrdinalThatThePolicyShows() {
        assertThat(SidText.DEFAULT.of(path(1, 2), 3, APPEND)).isEqualTo("<a_1><b_2><c_3>");
        assertThat(SidText.DEFAULT.of(path(1, 2), 3, WHEN_NEEDED)).isEqualTo("<a_1><b_2><c_3>");
        assertThat(SidText.DEFAULT.of(path(1, 2), 0, WHEN_NEEDED)).isEqualTo("<a_1><b_2>");
        assertThat(SidText.DEFAULT.of(path(1, 2), NO_ORDINAL, NONE)).isEqualTo("<a_1><b_2>");
    }

    @Test
    void leavesADroppedLayerOut() {
        assertThat(SidText.DEFAULT.of(path(12, DROPPED, 7), 4, APPEND))
                .isEqualTo("<a_12><c_7><d_4>");
    }

    @Test
    void writesAPadForADroppedLayerSoThatTheWidthIsFixed() {
        SidText padded =
                new SidText("", "<{letter}_{token}>", "<{letter}_pad>", "<{letter}_{token}>", "");

        assertThat(padded.of(path(12, DROPPED, 7), 4, APPEND)).isEqualTo("<a_12><b_pad><c_7><d_4>");
    }

    @Test
    void writesWhatIsConfigured() {
        SidText text =
                new SidText(
                        "<|sid_begin|>", "<s_{letter}_{token}>", "", "<n{token}>", "<|sid_end|>");

        assertThat(text.of(path(12, 5), 3, APPEND))
                .isEqualTo("<|sid_begin|><s_a_12><s_b_5><n3><|sid_end|>");
    }

    @Test
    void numbersLayersFromOne() {
        SidText text = new SidText("", "{layer}:{token} ", "", "{layer}:{token}", "");

        assertThat(text.of(path(12, DROPPED, 5), 3, APPEND)).isEqualTo("1:12 3:5 4:3");
    }

    @Test
    void copiesBracesThatAreNoPlaceholder() {
        SidText text = new SidText("{", "{{token}}{x}", "", "{token}{", "}{token}");

        assertThat(text.of(path(12), 3, APPEND)).isEqualTo("{{12}{x}3{}{token}");
    }

    @Test
    void goesOnAfterTheLetterZ() {
        SidText letters = new SidText("", "{letter}{token} ", "", "{letter}{token}", "");
        String[] tokens = letters.of(path(new int[702]), 0, APPEND).split(" ");

        List<String> expected = new ArrayList<>();
        for (char letter = 'a'; letter <= 'z'; letter++) {
            expected.add(letter + "0");
        }
        for (char first = 'a'; first <= 'z'; first++) {
            for (char second = 'a'; second <= 'z'; second++) {
                expected.add("" + first + second + "0");
            }
        }
        expected.add("aaa0");
        assertThat(tokens).containsExactlyElementsOf(expected);
    }

    @Test
    void refusesTemplatesThatForgetTheToken() {
        assertThatThrownBy(() -> new SidText("", "<{letter}>", "", "{token}", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token template \"<{letter}>\"")
                .hasMessageContaining("{token}");
        assertThatThrownBy(() -> new SidText("", "{token}", "", "{Token}", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("disambiguator template \"{Token}\"");
    }

    private static SidPath path(int... tokens) {
        return new SidPath("v1", tokens);
    }
}
