package io.sidestream.operators.sweep;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.combine.Combine;
import io.sidestream.operators.combine.Tally.Erasure;
import io.sidestream.operators.combine.Tally.Stage;
import io.sidestream.operators.control.CodebookChange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * The codebook versions that a stage knows of. What a retired one has left in the stage's state is
 * erased by a sweep, and what still comes of it is to be ignored; a version that is retired never
 * comes back.
 *
 * <p>State: whether each version is live, the same in every subtask; and the key groups that a
 * retired one has been erased from, so that no restart, with however many subtasks, begins a sweep
 * that is done.
 */
public final class CodebookVersions {

    private static final MapStateDescriptor<String, Boolean> LIVE =
            new MapStateDescriptor<>("codebook-versions", Types.STRING, Types.BOOLEAN);

    private static final ListStateDescriptor<Erased> ERASED =
            new ListStateDescriptor<>("erased-versions", Erased.TYPE);

    private final BroadcastState<String, Boolean> state;
    private final ListState<Erased> erasedState;
    private final Map<String, BitSet> erasedBefore = new HashMap<>();
    private final long run;

    /** The same as in {@link #state}, which would be asked for every record. */
    private final Map<String, Boolean> live = new HashMap<>();

    private final Set<String> erased = new HashSet<>();
    private final Map<String, Integer> bucketsLeft = new HashMap<>();

    private KeyGroupRange keyGroups;
    private Stage stage;
    private Combine combine;
    private Sweeper sweeper;

    /**
     * Key groups that a version has been erased from.
     *
     * @param first the first of them
     * @param last the last of them
     */
    record Erased(String codebookVersion, int first, int last) {

        static final RecordType<Erased> TYPE = RecordType.of(Erased.class, new Format());

        /** Layout: the components in their order. */
        public static final class Format implements RecordFormat<Erased> {

            private static final long serialVersionUID = 1L;

            @Override
            public int version() {
                return 1;
            }

            @Override
            public void write(Erased value, DataOutputView out) throws IOException {
                Fields.writeString(out, value.codebookVersion);
                Fields.writeNumber(out, value.first);
                Fields.writeNumber(out, value.last);
            }

            @Override
            public Erased read(int version, DataInputView in) throws IOException {
                return new Erased(
                        Fields.readString(in),
                        (int) Fields.readNumber(in),
                        (int) Fields.readNumber(in));
            }
        }
    }

    public CodebookVersions(StateInitializationContext context) throws Exception {
        state = context.getOperatorStateStore().getBroadcastState(LIVE);
        erasedState = context.getOperatorStateStore().getUnionListState(ERASED);
        run = context.getRestoredCheckpointId().orElse(0);
        for (Map.Entry<String, Boolean> entry : state.immutableEntries()) {
            live.put(entry.getKey(), entry.getValue());
        }
        for (Erased range : erasedState.get()) {
            erasedBefore
                    .computeIfAbsent(range.codebookVersion, version -> new BitSet())
                    .set(range.first, range.last + 1);
        }
    }

    /**
     * Goes on with the sweeps that are not done.
     *
     * @param combine hears how far they have come
     * @param sweeper leads through the subtask's buckets; asks for {@link #isRetired} versions to
     *     be erased there
     */
    public void open(TaskInfo subtask, Stage stage, Combine combine, Sweeper sweeper) {
        keyGroups = Sweeper.keyGroupsOf(subtask);
        this.stage = stage;
        this.combine = combine;
        this.sweeper = sweeper;
        for (Map.Entry<String, Boolean> version : live.entrySet()) {
            if (!version.getValue()) {
                erase(version.getKey());
            }
        }
        erasedBefore.clear();
    }

    /** Takes note of what a version has become; one that retires is erased from now on. */
    public void apply(CodebookChange change) throws Exception {
        Boolean before = live.put(change.version(), change.isLive());
        if (before == null || before != change.isLive()) {
            state.put(change.version(), change.isLive());
            if (!change.isLive()) {
                erase(change.version());
            }
        }
    }

    /** Whether whatever comes of the version is to be ignored. */
    public boolean isRetired(String codebookVersion) {
        return !live.getOrDefault(codebookVersion, true);
    }

    /** Notes that nothing of a version is left in another bucket. */
    public void erased(String codebookVersion, long entries) {
        tell(codebookVersion, 1, entries);
        if (bucketsLeft.merge(codebookVersion, -1, Integer::sum) == 0) {
            done(codebookVersion);
        }
    }

    public void snapshot() throws Exception {
        List<Erased> ranges = new ArrayList<>();
        for (String version : erased) {
            ranges.add(
                    new Erased(version, keyGroups.getStartKeyGroup(), keyGroups.getEndKeyGroup()));
        }
        erasedState.update(ranges);
    }

    private void erase(String version) {
        BitSet before = erasedBefore.getOrDefault(version, new BitSet());
        int left = sweeper.buckets();
        if (before.nextClearBit(keyGroups.getStartKeyGroup()) > keyGroups.getEndKeyGroup()) {
            tell(version, left, 0);
            left = 0;
        }
        if (left == 0) {
            done(version);
        } else {
            bucketsLeft.put(version, left);
            sweeper.begin(version);
        }
    }

    private void tell(String version, int buckets, long entries) {
        combine.erase(version, new Erasure(stage, run, buckets, entries));
    }

    private void done(String version) {
        bucketsLeft.remove(version);
        erased.add(version);
    }
}
