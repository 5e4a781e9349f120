package io.sidestream.jobs;

import io.sidestream.schema.LiveReport;
import io.sidestream.schema.PartitionPosition;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whether the indexing job assigns arriving items under a codebook version, in all its subtasks or
 * in some so far, and from where on.
 *
 * @param subtasks of the job's latest run; 0 if nothing has been heard of it
 * @param live how many of them do
 * @param errorOrNull why one of them cannot load the codebook; null: none has said so
 * @param since the offset in each partition of {@code item-embeddings} from which on every arrival
 *     has been assigned; of a partition that is missing, nothing was read before
 */
public record Liveness(int subtasks, int live, String errorOrNull, SortedMap<Integer, Long> since) {

    public Liveness {
        since = Collections.unmodifiableSortedMap(new TreeMap<>(since));
    }

    /**
     * What the latest reports of a version's subtasks come to. The newest of them tells which run
     * of the job counts.
     *
     * @param reports at most one of every subtask, in the order in which they were written
     */
    public static Liveness of(List<LiveReport> reports) {
        if (reports.isEmpty()) {
            return new Liveness(0, 0, null, new TreeMap<>());
        }
        LiveReport newest = reports.get(reports.size() - 1);
        int live = 0;
        String error = null;
        SortedMap<Integer, Long> since = new TreeMap<>();
        for (LiveReport report : reports) {
            if (!report.getRun().equals(newest.getRun())) {
                continue;
            }
            live += report.getError() == null ? 1 : 0;
            error = error == null ? report.getError() : error;
            for (PartitionPosition position : report.getPositions()) {
                since.merge(position.getPartition(), position.getOffset(), Math::max);
            }
        }
        return new Liveness(newest.getSubtasks(), live, error, since);
    }

    /** Whether no arriving item misses the version. */
    public boolean everywhere() {
        return subtasks > 0 && live == subtasks;
    }

    /**
     * Whether items that were there before have been seen to.
     *
     * @param until where a backfill has ended in each partition
     */
    public boolean isCoveredBy(List<PartitionPosition> until) {
        Map<Integer, Long> ends = new TreeMap<>();
        until.forEach(position -> ends.put(position.getPartition(), position.getOffset()));
        return since.entrySet().stream()
                .allMatch(begin -> ends.getOrDefault(begin.getKey(), 0L) >= begin.getValue());
    }
}
