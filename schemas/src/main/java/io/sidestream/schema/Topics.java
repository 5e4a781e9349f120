package io.sidestream.schema;

import java.io.Serializable;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Names of Sidestream's topics, all under one optional prefix.
 *
 * @param prefix put before every name as it is; may be empty, {@code "shop1."} for example
 */
public record Topics(String prefix) implements Serializable {

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._-]*");
    private static final int LONGEST_PREFIX = 100;

    /** How Kafka discards what a topic no longer needs. */
    public enum CleanUp {
        /** Keeps the last record of every key. */
        COMPACT,
        /** Keeps records for the topic's retention time. */
        DELETE
    }

    /** A topic with its clean-up policy. */
    public record Topic(String name, CleanUp cleanUp) {}

    /**
     * @throws IllegalArgumentException if Kafka would refuse the prefix in a topic name
     */
    public Topics {
        if (!LEGAL.matcher(prefix).matches() || prefix.length() > LONGEST_PREFIX) {
            throw new IllegalArgumentException(
                    "Topic prefix '%s' is not usable: only letters, digits, '.', '_' and '-', at most %d of them"
                            .formatted(prefix, LONGEST_PREFIX));
        }
    }

    /** Input: {@link ItemEmbedding} by item id; a null value deletes the item. */
    public String itemEmbeddings() {
        return prefix + "item-embeddings";
    }

    /**
     * Control: {@link CodebookManifest} by version, and {@link CodebookAlias} by {@link
     * ControlKeys#alias}.
     */
    public String codebooks() {
        return prefix + "sid-codebooks";
    }

    /**
     * The transactional id of everyone who changes {@link #codebooks}: whoever comes later pushes
     * the earlier one aside, so that what one has read before writing still holds.
     */
    public String codebooksTransaction() {
        return prefix + "sidestream-codebooks";
    }

    /** Internal: {@link ItemAssignment} by item id, written by backfills. */
    public String assignments() {
        return prefix + "sid-assignments";
    }

    /**
     * Output: {@link LiveReport}, {@link BackfillProgress} and {@link RetirementProgress} by {@link
     * ControlKeys}.
     */
    public String progress() {
        return prefix + "sid-progress";
    }

    /** Control: {@link RemapPlan} and {@link RemapPlanStatus} by version. */
    public String remaps() {
        return prefix + "sid-remaps";
    }

    /** Output: {@link HourglassReport} and {@link HourglassAlert} by version. */
    public String hourglass() {
        return prefix + "sid-hourglass";
    }

    /** Output: {@link DeadLetter} by the key of the record that was refused. */
    public String deadLetters() {
        return prefix + "sid-dead-letters";
    }

    /** Output: {@link SidUpdate} by item id, for one codebook version. */
    public String updates(String codebookVersion) {
        return prefix + "sid-updates." + codebookVersion;
    }

    /** The topics that exist whatever codebook versions there are. */
    public List<Topic> fixed() {
        return List.of(
                new Topic(itemEmbeddings(), CleanUp.COMPACT),
                new Topic(codebooks(), CleanUp.COMPACT),
                new Topic(assignments(), CleanUp.DELETE),
                new Topic(progress(), CleanUp.COMPACT),
                new Topic(remaps(), CleanUp.DELETE),
                new Topic(hourglass(), CleanUp.DELETE),
                new Topic(deadLetters(), CleanUp.DELETE));
    }

    /** The output topic of one codebook version. */
    public Topic ofVersion(String codebookVersion) {
        return new Topic(updates(codebookVersion), CleanUp.COMPACT);
    }
}
