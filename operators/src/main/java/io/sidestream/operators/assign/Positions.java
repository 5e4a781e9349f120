package io.sidestream.operators.assign;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.PartitionPosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;

/**
 * How far a subtask has come in {@code item-embeddings}, and from where on it has assigned every
 * arrival under each codebook version. After a restart every subtask knows what all of them knew,
 * since a partition may then be another one's.
 */
final class Positions {

    /** Stands for the input itself; no version's name is empty. */
    private static final String INPUT = "";

    private static final ListStateDescriptor<LiveSince> DESCRIPTOR =
            new ListStateDescriptor<>("positions", LiveSince.TYPE);

    private final ListState<LiveSince> state;
    private final Map<String, Offsets> liveSince = new HashMap<>();
    private final Set<String> interrupted = new HashSet<>();
    private Offsets next = new Offsets();

    Positions(OperatorStateStore store) throws Exception {
        state = store.getUnionListState(DESCRIPTOR);
        Set<String> gaps = new HashSet<>();
        for (LiveSince known : state.get()) {
            String version = known.codebookVersion();
            if (known.gap()) {
                gaps.add(version);
            }
            (version.equals(INPUT)
                            ? next
                            : liveSince.computeIfAbsent(version, name -> new Offsets()))
                    .advance(known.positions());
        }
        liveSince.keySet().removeAll(gaps);
    }

    /**
     * @param versions that every arrival should be assigned under
     */
    void snapshot(Collection<String> versions) throws Exception {
        List<LiveSince> known = new ArrayList<>();
        known.add(new LiveSince(INPUT, false, next.known()));
        for (String version : versions) {
            Offsets since = liveSince.get(version);
            known.add(
                    new LiveSince(
                            version, since == null, since == null ? List.of() : since.known()));
        }
        state.update(known);
    }

    /** Everything up to this record has been taken in. */
    void passed(IncomingRecord record) {
        next.advance(record.partition(), record.offset() + 1);
        if (!interrupted.isEmpty()) {
            liveSince.keySet().removeAll(interrupted);
        }
    }

    /**
     * Arrivals are assigned under a version from now on; or still, if that was so when the job was
     * stopped.
     *
     * @return from where on
     */
    List<PartitionPosition> begin(String version) {
        interrupted.remove(version);
        return liveSince.computeIfAbsent(version, name -> next.copy()).known();
    }

    /**
     * Arrivals are not assigned under a version until it {@linkplain #begin begins} again. As long
     * as none comes, nothing is missed.
     */
    void interrupt(String version) {
        interrupted.add(version);
    }

    /** Arrivals are not assigned under a version any more. */
    void end(String version) {
        interrupted.remove(version);
        liveSince.remove(version);
    }

    /** The next offset by partition; 0: nothing is known. */
    private static final class Offsets {

        private long[] next;

        Offsets() {
            this(new long[0]);
        }

        private Offsets(long[] next) {
            this.next = next;
        }

        Offsets copy() {
            return new Offsets(next.clone());
        }

        void advance(int partition, long offset) {
            if (partition >= next.length) {
                next = Arrays.copyOf(next, partition + 1);
            }
            next[partition] = Math.max(next[partition], offset);
        }

        void advance(List<PartitionPosition> positions) {
            positions.forEach(at -> advance(at.getPartition(), at.getOffset()));
        }

        List<PartitionPosition> known() {
            List<PartitionPosition> known = new ArrayList<>();
            for (int partition = 0; partition < next.length; partition++) {
                if (next[partition] > 0) {
                    known.add(new PartitionPosition(partition, next[partition]));
                }
            }
            return known;
        }
    }
}
