package io.sidestream.operators;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/** Looks into the keyed state of a stage under test. */
public final class TestingState {

    private TestingState() {}

    /** What stands in the map of every key of a subtask, all in one. */
    public static <K, V> Map<K, V> entries(
            AbstractStreamOperatorTestHarness<?> harness, MapStateDescriptor<K, V> descriptor)
            throws Exception {
        KeyedStateBackend<Object> state = harness.getOperator().getKeyedStateBackend();
        MapState<K, V> map =
                state.getPartitionedState(
                        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
        Map<K, V> all = new HashMap<>();
        for (Object key : keys(harness, descriptor.getName())) {
            state.setCurrentKey(key);
            map.entries().forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        }
        return all;
    }

    /** The keys that have something in a state. */
    public static List<Object> keys(AbstractStreamOperatorTestHarness<?> harness, String state) {
        KeyedStateBackend<Object> backend = harness.getOperator().getKeyedStateBackend();
        try (Stream<Object> keys = backend.getKeys(state, VoidNamespace.INSTANCE)) {
            return keys.distinct().toList();
        }
    }
}
