package io.sidestream.sid;

import java.io.Serializable;

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

    /**
     * @throws IllegalArgumentException if a token's or the ordinal's template would write the same
     *     text for different tokens
     */
    public SidText {
        requirePlaceholder("token", token);
        requirePlaceholder("disambiguator", disambiguator);
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

    private static void append(StringBuilder text, String template, int layer, int token) {
        int from = 0;
        int open;
        while ((open = template.indexOf('{', from)) >= 0) {
            text.append(template, from, open);
            if (template.startsWith("{token}", open)) {
                text.append(token);
                from = open + "{token}".length();
            } else if (template.startsWith("{letter}", open)) {
                appendLetter(text, layer);
                from = open + "{letter}".length();
            } else if (template.startsWith("{layer}", open)) {
                text.append(layer);
                from = open + "{layer}".length();
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

    private static void requirePlaceholder(String which, String template) {
        if (!template.contains("{token}")) {
            throw new IllegalArgumentException(
                    "The %s template '%s' must contain {token}".formatted(which, template));
        }
    }
}
