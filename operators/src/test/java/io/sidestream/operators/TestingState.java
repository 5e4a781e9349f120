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
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** Looks into the keyed state of a stage under test. */
public final class TestingState {

    private TestingState() {}

    /** What stands in the map of every bucket of a subtask, all in one. */
    public static <K, V> Map<K, V> entries(
            KeyedOneInputStreamOperatorTestHarness<Integer, ?, ?> harness,
            MapStateDescriptor<K, V> descriptor)
            throws Exception {
        KeyedStateBackend<Integer> state = harness.getOperator().getKeyedStateBackend();
        MapState<K, V> map =
                state.getPartitionedState(
                        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
        List<Integer> buckets;
        try (Stream<Integer> keys = state.getKeys(descriptor.getName(), VoidNamespace.INSTANCE)) {
            buckets = keys.distinct().toList();
        }
        Map<K, V> all = new HashMap<>();
        for (Integer bucket : buckets) {
            state.setCurrentKey(bucket);
            map.entries().forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        }
        return all;
    }
}
