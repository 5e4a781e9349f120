package io.sidestream.local.versions;

import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;

/**
 * Whether two codebook versions hold the same items, as the indexing job has counted them at one
 * instant.
 *
 * @param against the version that the other is measured by
 * @param atOrNull when both were counted; null if that has not happened, and both numbers are 0
 */
public record Completeness(
        String version, String against, Instant atOrNull, long items, long itemsAgainst) {

    /**
     * Looks at the last instant of which there are counts of both.
     *
     * @param counts live items of the version, by time
     * @param countsAgainst those of the other
     * @param after counts of this time and before do not matter
     */
    static Completeness of(
            String version,
            SortedMap<Instant, Long> counts,
            String against,
            SortedMap<Instant, Long> countsAgainst,
            Instant after) {
        Completeness last = new Completeness(version, against, null, 0, 0);
        for (Map.Entry<Instant, Long> count : counts.entrySet()) {
            Long other = countsAgainst.get(count.getKey());
            if (other != null && count.getKey().isAfter(after)) {
                last = new Completeness(version, against, count.getKey(), count.getValue(), other);
            }
        }
        return last;
    }

    /** Whether both have been counted. */
    public boolean isKnown() {
        return atOrNull != null;
    }

    /** Whether both have been counted and have come out equal. */
    public boolean holds() {
        return isKnown() && items == itemsAgainst;
    }
}
