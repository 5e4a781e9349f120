package io.sidestream.jobs;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Records of a topic, from some offsets to others; partitions without any are left out.
 *
 * @param from the first offset of each partition
 * @param until the offset behind the last one, of the same partitions
 */
record Stretch(Map<TopicPartition, Long> from, Map<TopicPartition, Long> until) {

    static Stretch between(Map<TopicPartition, Long> from, Map<TopicPartition, Long> until) {
        Map<TopicPartition, Long> begins = new HashMap<>();
        Map<TopicPartition, Long> ends = new HashMap<>();
        until.forEach(
                (partition, end) -> {
                    long begin = from.getOrDefault(partition, 0L);
                    if (begin < end) {
                        begins.put(partition, begin);
                        ends.put(partition, end);
                    }
                });
        return new Stretch(begins, ends);
    }

    /** Where it ends, by the number of the partition. */
    Map<Integer, Long> offsetsUntil() {
        Map<Integer, Long> offsets = new HashMap<>();
        until.forEach((partition, end) -> offsets.put(partition.partition(), end));
        return offsets;
    }

    boolean isEmpty() {
        return until.isEmpty();
    }

    /** How many offsets there are. */
    long length() {
        return until.entrySet().stream()
                .mapToLong(end -> end.getValue() - from.get(end.getKey()))
                .sum();
    }
}
