package io.sidestream.operators.publish;

import io.sidestream.sid.Disambiguation;
import io.sidestream.sid.SidText;
import java.io.Serializable;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * What a published SID looks like.
 *
 * @param disambiguation what makes items on one path distinct
 * @param text how a SID is written
 */
public record PublishOptions(Disambiguation disambiguation, SidText text) implements Serializable {

    public static final ConfigOption<String> DISAMBIGUATION =
            ConfigOptions.key("sidestream.sid.disambiguation")
                    .stringType()
                    .defaultValue(Disambiguation.APPEND.toString())
                    .withDescription(
                            "What makes items on one path distinct: 'append' (an ordinal, always"
                                    + " shown), 'when-needed' (ordinal 0 is not shown) or 'none'"
                                    + " (items share their SID). Fixed for the life of the state.");

    public static final ConfigOption<String> TEXT_PREFIX =
            ConfigOptions.key("sidestream.sid.text.prefix")
                    .stringType()
                    .defaultValue("")
                    .withDescription("Stands before every SID text.");

    public static final ConfigOption<String> TEXT_TOKEN =
            ConfigOptions.key("sidestream.sid.text.token-template")
                    .stringType()
                    .defaultValue(SidText.DEFAULT_TOKEN)
                    .withDescription(
                            "How a layer's token is written. {letter} is the layer's letter, from"
                                    + " a; {layer} its number, from 1; {token} the codeword's index.");

    public static final ConfigOption<String> TEXT_PAD =
            ConfigOptions.key("sidestream.sid.text.pad-template")
                    .stringType()
                    .defaultValue("")
                    .withDescription(
                            "Written for a layer whose token a remap plan drops, so that all SIDs"
                                    + " have one width; empty: nothing, and SIDs vary in length.");

    public static final ConfigOption<String> TEXT_DISAMBIGUATOR =
            ConfigOptions.key("sidestream.sid.text.disambiguator-template")
                    .stringType()
                    .defaultValue(SidText.DEFAULT_TOKEN)
                    .withDescription(
                            "How the disambiguator is written; its layer is the one after the"
                                    + " last.");

    public static final ConfigOption<String> TEXT_SUFFIX =
            ConfigOptions.key("sidestream.sid.text.suffix")
                    .stringType()
                    .defaultValue("")
                    .withDescription("Stands behind every SID text.");

    /**
     * @throws IllegalArgumentException if two SIDs of one codebook version could have the same text
     */
    public PublishOptions {
        text.requireUnambiguous(disambiguation);
    }

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static PublishOptions from(ReadableConfig config) {
        Disambiguation disambiguation;
        try {
            disambiguation = Disambiguation.parse(config.get(DISAMBIGUATION));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(DISAMBIGUATION.key() + ": " + e.getMessage(), e);
        }
        try {
            return new PublishOptions(
                    disambiguation,
                    new SidText(
                            config.get(TEXT_PREFIX),
                            config.get(TEXT_TOKEN),
                            config.get(TEXT_PAD),
                            config.get(TEXT_DISAMBIGUATOR),
                            config.get(TEXT_SUFFIX)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "%s, %s, %s: %s"
                            .formatted(
                                    TEXT_TOKEN.key(),
                                    TEXT_PAD.key(),
                                    TEXT_DISAMBIGUATOR.key(),
                                    e.getMessage()),
                    e);
        }
    }
}
