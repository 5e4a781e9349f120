package io.sidestream.operators;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * An option that state depends on: it is recorded beside the state, and a job that is restored with
 * another value is refused before it can do harm.
 */
public final class FixedOption {

    private FixedOption() {}

    /**
     * Records the value in operator state, once and for all.
     *
     * @param option the option's key
     * @throws IllegalStateException if the restored state was written with another value
     */
    public static void requireUnchanged(OperatorStateStore store, String option, String value)
            throws Exception {
        ListState<String> recorded =
                store.getUnionListState(new ListStateDescriptor<>(option, Types.STRING));
        for (String before : recorded.get()) {
            if (!before.equals(value)) {
                throw new IllegalStateException(
                        "The state was written with %s = %s, and the job now says %s: set it back to %s"
                                .formatted(option, before, value, before));
            }
        }
        recorded.update(List.of(value));
    }
}
