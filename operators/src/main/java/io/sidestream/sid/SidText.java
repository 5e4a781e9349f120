package io.sidestream.sid;

import io.sidestream.schema.Quote;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a SID as text: one token a layer, typed by its layer so that a dropped layer stays
 * unambiguous, then the disambiguator: {@code <a_12><b_5><c_7><d_0>}.
 *
 * <p>Templates know these placeholders: {@code {letter}} (the layer's letter: a, b, …, z, aa, …;
 * the disambiguator has the one after the last layer's), {@code {layer}} (its number, from 1) and
 * {@code {token}} (the codeword's index, or the ordinal).
 *
 * @param prefix stands before every SID
 * @param token template of a layer's token
 * @param pad template written for a dropped layer; empty: nothing is, and SIDs vary in length
 * @param disambiguator template of the ordinal
 * @param suffix stands behind every SID
 */
public record SidText(String prefix, String token, String pad, String disambiguator, String suffix)
        implements Serializable {

    public static final String DEFAULT_TOKEN = "<{letter}_{token}>";

    /** {@code <a_12><b_5><c_7><d_0>}. */
    public static final SidText DEFAULT = new SidText("", DEFAULT_TOKEN, "", DEFAULT_TOKEN, "");

    /** Characters of a template. */
    public static final int LONGEST_TEMPLATE = 64;

    private static final String TOKEN = "{token}";
    private static final String LETTER = "{letter}";
    private static final String LAYER = "{layer}";

    /**
     * @throws IllegalArgumentException if a token's or the ordinal's template does not contain
     *     {@code {token}} once, the pad's does, or one is too long or cannot be printed
     */
    public SidText {
        requireText("prefix", prefix);
        requireText("suffix", suffix);
        requireText("pad template", pad);
        requireNumbers("token template", token, 1);
        requireNumbers("disambiguator template", disambiguator, 1);
        requireNumbers("pad template", pad, 0);
    }

    /**
     * Checks that the text of a SID is its own: that no two SIDs of one codebook version, whatever
     * its layers and remap plans, have the same text.
     *
     * @throws IllegalArgumentException if two have; the message shows them
     */
    public void requireUnambiguous(Disambiguation policy) {
        SidTextAmbiguity.find(this, policy)
                .ifPresent(
                        clash -> {
                            throw new IllegalArgumentException(
                                    "Two SIDs can have one text: "
                                            + clash
                                            + "; separate the numbers, and name the layer by"
                                            + " {letter} or {layer}");
                        });
    }

    /**
     * The text of a SID.
     *
     * @param path its tokens
     * @param ordinal its disambiguator
     * @param policy whether the ordinal shows
     */
    public String of(SidPath path, int ordinal, Disambiguation policy) {
        int[] tokens = path.tokens();
        StringBuilder text = new StringBuilder(16 * tokens.length).append(prefix);
        for (int layer = 1; layer <= tokens.length; layer++) {
            int code = tokens[layer - 1];
            append(text, code == SidPath.DROPPED ? pad : token, layer, code);
        }
        if (policy.shows(ordinal)) {
            append(text, disambiguator, tokens.length + 1, ordinal);
        }
        return text.append(suffix).toString();
    }

    /**
     * A part of a template.
     *
     * @param literal a character that is written as it is
     * @param isNumber whether it stands for the token or the ordinal instead
     */
    record Part(char literal, boolean isNumber) {}

    /**
     * The parts of what is written for a layer, or for the ordinal.
     *
     * @param layer 1-based; the one behind the last is the ordinal's
     * @param layers that there are
     * @param padded whether the layer is dropped
     */
    List<Part> parts(int layer, int layers, boolean padded) {
        String template = layer > layers ? disambiguator : padded ? pad : token;
        List<Part> parts = new ArrayList<>();
        int number = template.indexOf(TOKEN);
        addLiterals(number < 0 ? template : template.substring(0, number), layer, parts);
        if (number >= 0) {
            parts.add(new Part('0', true));
            addLiterals(template.substring(number + TOKEN.length()), layer, parts);
        }
        return parts;
    }

    private static void addLiterals(String template, int layer, List<Part> parts) {
        StringBuilder text = new StringBuilder();
        append(text, template, layer, 0);
        text.chars().forEach(c -> parts.add(new Part((char) c, false)));
    }

    private static void append(StringBuilder text, String template, int layer, int token) {
        int from = 0;
        int open;
        while ((open = template.indexOf('{', from)) >= 0) {
            text.append(template, from, open);
            if (template.startsWith(TOKEN, open)) {
                text.append(token);
                from = open + TOKEN.length();
            } else if (template.startsWith(LETTER, open)) {
                appendLetter(text, layer);
                from = open + LETTER.length();
            } else if (template.startsWith(LAYER, open)) {
                text.append(layer);
                from = open + LAYER.length();
            } else {
                text.append('{');
                from = open + 1;
            }
        }
        text.append(template, from, template.length());
    }

    private static void appendLetter(StringBuilder text, int layer) {
        if (layer > 26) {
            appendLetter(text, (layer - 1) / 26);
        }
        text.append((char) ('a' + (layer - 1) % 26));
    }

    private static void requireNumbers(String which, String template, int wanted) {
        requireText(which, template);
        int first = template.indexOf(TOKEN);
        int found = first < 0 ? 0 : template.indexOf(TOKEN, first + 1) < 0 ? 1 : 2;
        if (found != wanted) {
            throw new IllegalArgumentException(
                    "The %s %s must %s"
                            .formatted(
                                    which,
                                    Quote.quote(template),
                                    wanted == 0
                                            ? "not contain {token}: a dropped layer has none"
                                            : "contain {token}, once"));
        }
    }

    private static void requireText(String which, String text) {
        boolean printable =
                StandardCharsets.UTF_8.newEncoder().canEncode(text)
                        && text.chars().noneMatch(Character::isISOControl);
        if (text.length() > LONGEST_TEMPLATE || !printable) {
            throw new IllegalArgumentException(
                    "The %s %s must have at most %d characters, and none that controls a terminal"
                            .formatted(which, Quote.quote(text), LONGEST_TEMPLATE));
        }
    }
}
