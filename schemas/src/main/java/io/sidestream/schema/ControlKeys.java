package io.sidestream.schema;

/**
 * Keys of records that are not known by a codebook version alone. A version's name has neither
 * {@code '@'} nor {@code '/'}, so that no key can be taken for a version.
 */
public final class ControlKeys {

    /** The alias of the version that retrievers use. */
    public static final String ACTIVE = "active";

    private static final char ALIAS = '@';

    private ControlKeys() {}

    /** Of a {@link CodebookAlias} in {@code sid-codebooks}. */
    public static String alias(String alias) {
        return ALIAS + alias;
    }

    /** Whether a key of {@code sid-codebooks} is that of a {@link CodebookAlias}. */
    public static boolean isAlias(String key) {
        return !key.isEmpty() && key.charAt(0) == ALIAS;
    }

    /** Of a {@link LiveReport} in {@code sid-progress}. */
    public static String live(String codebookVersion, int subtask) {
        return codebookVersion + "/live/" + subtask;
    }

    /** Whether a key of {@code sid-progress} is that of a {@link LiveReport} of a version. */
    public static boolean isLiveOf(String codebookVersion, String key) {
        return key.startsWith(codebookVersion + "/live/");
    }

    /** Of a {@link BackfillProgress} in {@code sid-progress}. */
    public static String backfill(String codebookVersion) {
        return codebookVersion + "/backfill";
    }

    /** Of a {@link RetirementProgress} in {@code sid-progress}. */
    public static String retirement(String codebookVersion) {
        return codebookVersion + "/retirement";
    }
}
