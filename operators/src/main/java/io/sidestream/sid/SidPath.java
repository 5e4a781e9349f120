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

    /**
     * The same on every machine and in every release: state is spread by it. Sums of multiples of
     * 31, the usual way, would give most paths of small tokens one of few hashes.
     */
    @Override
    public int hashCode() {
        int hash = codebookVersion.hashCode();
        for (int token : tokens) {
            hash = (hash ^ token) * 0x9E3779B1;
            hash ^= hash >>> 15;
        }
        return hash;
    }

    @Override
    public String toString() {
        return codebookVersion + Arrays.toString(tokens);
    }
}
