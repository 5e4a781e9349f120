package io.sidestream.sid;

import java.util.Arrays;

/**
 * The tokens of a SID before its disambiguator, under one codebook version. Items with equal paths
 * share it.
 *
 * @param codebookVersion the version
 * @param tokens one a layer, first layer first, {@link #DROPPED} where a remap plan drops it; not
 *     to be changed
 */
public record SidPath(String codebookVersion, int[] tokens) {

    /** Stands where a layer's token has been dropped. */
    public static final int DROPPED = -1;

    @Override
    public boolean equals(Object other) {
        return other instanceof SidPath that
                && codebookVersion.equals(that.codebookVersion)
                && Arrays.equals(tokens, that.tokens);
    }

    /** The same on every machine and in every release: state is spread by it. */
    @Override
    public int hashCode() {
        return 31 * codebookVersion.hashCode() + Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
        return codebookVersion + Arrays.toString(tokens);
    }
}
