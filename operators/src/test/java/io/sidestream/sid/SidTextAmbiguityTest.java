package io.sidestream.sid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.sid.SidTextAmbiguity.Clash;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SidTextAmbiguityTest {

    private static final List<String> PIECES =
            List.of("1", "0", "a", "b", "<", ">", "_", "{", "{letter}", "{layer}", "12", "");
    private static final Pattern SID = Pattern.compile("path \\((.*)\\)(?: with ordinal (\\d+))?");

    @ParameterizedTest
    @EnumSource
    void theDefaultAndTheDocumentedTemplatesAreSound(Disambiguation policy) {
        for (SidText text :
                List.of(
                        SidText.DEFAULT,
                        new SidText("", "<{letter}_{token}>", "<{letter}_pad>", "<d_{token}>", ""),
                        new SidText(
                                "<|sid_begin|>",
                                "<s_{letter}_{token}>",
                                "<s_{letter}_x>",
                                "<s_{letter}_{token}>",
                                "<|sid_end|>"),
                        new SidText("", "{layer}:{token} ", "", "{layer}:{token}", ""),
                        new SidText("", "{letter}{token}", "", "{letter}{token}", ""),
                        new SidText("", "{token}-", "x-", "#{token}", ""))) {
            assertThatCode(() -> text.requireUnambiguous(policy)).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "{token}, x, -{token}, APPEND",
        "{token}, '', {token}, NONE",
        "<{token}>, '', <{token}>, WHEN_NEEDED",
        "<{token}>, '', <{token}>, APPEND",
        "<{token}>, <0>, <d{token}>, APPEND",
        "{layer}{token}, {layer}x, #{token}, WHEN_NEEDED",
        "{letter}{token}, '', a{token}, WHEN_NEEDED",
    })
    void refusesTemplatesUnderWhichTwoSidsAreAlike(
            String token, String pad, String disambiguator, Disambiguation policy) {
        SidText text = new SidText("[", token, pad, disambiguator, "]");

        assertThatThrownBy(() -> text.requireUnambiguous(policy))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("are both written '[");
        requireClash(text, policy, SidTextAmbiguity.find(text, policy).orElseThrow());
    }

    @Test
    void acceptsSidsOfOneWidthWithoutOrdinals() {
        new SidText("", "<{token}>", "<x>", "<{token}>", "")
                .requireUnambiguous(Disambiguation.NONE);
        new SidText("", "<{token}>", "<x>", "<{token}>", "")
                .requireUnambiguous(Disambiguation.APPEND);
        new SidText("", "<{token}>", "<x>", "<{token}>", "")
                .requireUnambiguous(Disambiguation.WHEN_NEEDED);
    }

    @Test
    void agreesWithAnEnumerationOfSmallSids() {
        Random random = new Random(5);
        int clashes = 0;
        int sound = 0;
        for (int round = 0; round < 4000; round++) {
            SidText text = new SidText("", number(random), literals(random), number(random), "");
            for (Disambiguation policy : Disambiguation.values()) {
                for (int layers = 1; layers <= 3; layers++) {
                    Optional<Clash> found = SidTextAmbiguity.find(text, policy, layers);
                    if (found.isPresent()) {
                        clashes++;
                        requireClash(text, policy, found.get());
                    } else {
                        sound++;
                        requireDistinct(text, policy, layers);
                    }
                }
            }
        }
        assertThat(clashes).isGreaterThan(1000);
        assertThat(sound).isGreaterThan(1000);
    }

    private static String number(Random random) {
        return literals(random) + "{token}" + literals(random);
    }

    private static String literals(Random random) {
        StringBuilder text = new StringBuilder();
        for (int pieces = random.nextInt(3); pieces > 0; pieces--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    /** Prints both SIDs of a clash. */
    private static void requireClash(SidText text, Disambiguation policy, Clash clash) {
        assertThat(clash.one()).isNotEqualTo(clash.other());
        for (String sid : List.of(clash.one(), clash.other())) {
            Matcher parts = SID.matcher(sid);
            assertThat(parts.matches()).as(sid).isTrue();
            int[] tokens =
                    Arrays.stream(parts.group(1).split(", "))
                            .mapToInt(
                                    t ->
                                            t.equals("dropped")
                                                    ? SidPath.DROPPED
                                                    : Integer.parseInt(t))
                            .toArray();
            assertThat(Arrays.stream(tokens).filter(t -> t == SidPath.DROPPED).count())
                    .isLessThanOrEqualTo(1);
            int ordinal = parts.group(2) == null ? 0 : (int) Long.parseLong(parts.group(2));
            assertThat(text.of(new SidPath("v", tokens), ordinal, policy))
                    .as("%s of %s", sid, text)
                    .isEqualTo(clash.text());
        }
    }

    /** Prints all SIDs of small tokens and ordinals. */
    private static void requireDistinct(SidText text, Disambiguation policy, int layers) {
        int[] values = {0, 1, 2, 10, 11, 12, 21};
        Map<String, String> printed = new HashMap<>();
        int[] path = new int[layers];
        int paths = (int) Math.pow(values.length, layers);
        for (int number = 0; number < paths; number++) {
            for (int dropped = 0; dropped <= layers; dropped++) {
                int rest = number;
                for (int layer = 0; layer < layers; layer++) {
                    path[layer] = values[rest % values.length];
                    rest /= values.length;
                }
                if (dropped > 0) {
                    if (path[dropped - 1] != 0) {
                        continue; // the same path again
                    }
                    path[dropped - 1] = SidPath.DROPPED;
                }
                for (int ordinal : policy == Disambiguation.NONE ? new int[] {0} : values) {
                    String sid = Arrays.toString(path) + "#" + ordinal;
                    String other =
                            printed.put(
                                    text.of(new SidPath("v", path.clone()), ordinal, policy), sid);
                    assertThat(other).as("%s and %s of %s, %s", sid, other, text, policy).isNull();
                }
            }
        }
    }
}
