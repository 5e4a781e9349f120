package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.IncomingRecord;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A topic in memory, with partitions and offsets, that can be written to while a job of this
 * process reads it. It ends when it is told to.
 */
final class TestingTopic {

    /** Jobs carry a topic's id only, and find the topic here. */
    private static final Map<String, TestingTopic> TOPICS = new ConcurrentHashMap<>();

    private final String id = UUID.randomUUID().toString();
    private final String name;
    private final List<List<IncomingRecord>> partitions = new ArrayList<>();
    private CompletableFuture<Void> changed = new CompletableFuture<>();
    private boolean ended;
    private int reads;

    TestingTopic(String name, int partitions) {
        this.name = name;
        for (int p = 0; p < partitions; p++) {
            this.partitions.add(new ArrayList<>());
        }
        TOPICS.put(id, this);
    }

    int partitions() {
        return partitions.size();
    }

    /**
     * Appends to the partition of the key, as a producer does; returns what a consumer will see.
     */
    IncomingRecord append(byte[] key, byte[] value) {
        int hash = new String(key, UTF_8).hashCode();
        return append(Math.floorMod(hash, partitions.size()), key, value);
    }

    IncomingRecord append(int partition, byte[] key, byte[] value) {
        CompletableFuture<Void> before;
        IncomingRecord record;
        synchronized (this) {
            List<IncomingRecord> log = partitions.get(partition);
            record = new IncomingRecord(name, partition, log.size(), 1_000, key, value);
            log.add(record);
            before = swapChanged();
        }
        before.complete(null);
        return record;
    }

    /** Says that nothing more will come. */
    void end() {
        CompletableFuture<Void> before;
        synchronized (this) {
            ended = true;
            before = swapChanged();
        }
        before.complete(null);
    }

    /** All that was written so far, partition by partition. */
    synchronized List<IncomingRecord> records() {
        List<IncomingRecord> records = new ArrayList<>();
        partitions.forEach(records::addAll);
        return records;
    }

    /** How many records jobs have taken. */
    synchronized int reads() {
        return reads;
    }

    Source<IncomingRecord, ?, ?> source() {
        return new TopicSource(id);
    }

    private CompletableFuture<Void> swapChanged() {
        CompletableFuture<Void> before = changed;
        changed = new CompletableFuture<>();
        return before;
    }

    private synchronized CompletableFuture<Void> changed() {
        return changed;
    }

    private synchronized IncomingRecord read(Partition at) {
        List<IncomingRecord> log = partitions.get(at.partition);
        if (at.offset == log.size()) {
            return null;
        }
        reads++;
        return log.get(at.offset);
    }

    private synchronized boolean isEnded() {
        return ended;
    }

    private record Partition(int partition, int offset) implements SourceSplit, Serializable {

        @Override
        public String splitId() {
            return Integer.toString(partition);
        }
    }

    private record TopicSource(String id)
            implements Source<IncomingRecord, Partition, List<Partition>> {

        @Override
        public Boundedness getBoundedness() {
            return Boundedness.CONTINUOUS_UNBOUNDED;
        }

        @Override
        public SourceReader<IncomingRecord, Partition> createReader(SourceReaderContext context) {
            return new Reader(TOPICS.get(id));
        }

        @Override
        public SplitEnumerator<Partition, List<Partition>> createEnumerator(
                SplitEnumeratorContext<Partition> context) {
            List<Partition> all = new ArrayList<>();
            for (int p = 0; p < TOPICS.get(id).partitions(); p++) {
                all.add(new Partition(p, 0));
            }
            return new Enumerator(context, all);
        }

        @Override
        public SplitEnumerator<Partition, List<Partition>> restoreEnumerator(
                SplitEnumeratorContext<Partition> context, List<Partition> unassigned) {
            return new Enumerator(context, new ArrayList<>(unassigned));
        }

        @Override
        public SimpleVersionedSerializer<Partition> getSplitSerializer() {
            return new PartitionSerializer();
        }

        @Override
        public SimpleVersionedSerializer<List<Partition>> getEnumeratorCheckpointSerializer() {
            return new PartitionsSerializer();
        }
    }

    private static final class Reader implements SourceReader<IncomingRecord, Partition> {

        private final TestingTopic topic;
        private final List<Partition> positions = new ArrayList<>();
        private CompletableFuture<Void> reassigned = new CompletableFuture<>();
        private CompletableFuture<Void> available = CompletableFuture.completedFuture(null);
        private boolean complete;

        Reader(TestingTopic topic) {
            this.topic = topic;
        }

        @Override
        public void start() {}

        @Override
        public InputStatus pollNext(ReaderOutput<IncomingRecord> output) {
            available = CompletableFuture.anyOf(topic.changed(), reassigned).thenAccept(done -> {});
            boolean last = topic.isEnded() && complete;
            for (int i = 0; i < positions.size(); i++) {
                Partition at = positions.get(i);
                IncomingRecord record = topic.read(at);
                if (record != null) {
                    positions.remove(i);
                    positions.add(new Partition(at.partition, at.offset + 1)); // the others first
                    output.collect(record);
                    available = CompletableFuture.completedFuture(null); // there may be another
                    return InputStatus.MORE_AVAILABLE;
                }
            }
            return last ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return available;
        }

        @Override
        public List<Partition> snapshotState(long checkpointId) {
            return List.copyOf(positions);
        }

        @Override
        public void addSplits(List<Partition> splits) {
            positions.addAll(splits);
            wake();
        }

        @Override
        public void notifyNoMoreSplits() {
            complete = true;
            wake();
        }

        @Override
        public void close() {}

        private void wake() {
            CompletableFuture<Void> before = reassigned;
            reassigned = new CompletableFuture<>();
            before.complete(null);
        }
    }

    /** Gives each reader its share of the partitions as soon as it is there. */
    private record Enumerator(SplitEnumeratorContext<Partition> context, List<Partition> unassigned)
            implements SplitEnumerator<Partition, List<Partition>> {

        @Override
        public void start() {}

        @Override
        public void handleSplitRequest(int subtask, String host) {}

        @Override
        public void addSplitsBack(List<Partition> splits, int subtask) {
            unassigned.addAll(splits);
        }

        @Override
        public void addReader(int subtask) {
            for (Partition split : List.copyOf(unassigned)) {
                if (split.partition % context.currentParallelism() == subtask) {
                    unassigned.remove(split);
                    context.assignSplit(split, subtask);
                }
            }
            context.signalNoMoreSplits(subtask);
        }

        @Override
        public List<Partition> snapshotState(long checkpointId) {
            return List.copyOf(unassigned);
        }

        @Override
        public void close() {}
    }

    private static final class PartitionSerializer implements SimpleVersionedSerializer<Partition> {

        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Partition split) {
            return (split.partition + "@" + split.offset).getBytes(UTF_8);
        }

        @Override
        public Partition deserialize(int version, byte[] bytes) {
            String[] parts = new String(bytes, UTF_8).split("@", -1);
            return new Partition(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
        }
    }

    private static final class PartitionsSerializer
            implements SimpleVersionedSerializer<List<Partition>> {

        private final PartitionSerializer one = new PartitionSerializer();

        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(List<Partition> splits) {
            StringBuilder text = new StringBuilder();
            splits.forEach(
                    split -> text.append(new String(one.serialize(split), UTF_8)).append(' '));
            return text.toString().getBytes(UTF_8);
        }

        @Override
        public List<Partition> deserialize(int version, byte[] bytes) {
            String text = new String(bytes, UTF_8);
            return text.isBlank()
                    ? List.of()
                    : List.of(text.trim().split(" ", -1)).stream()
                            .map(part -> one.deserialize(version, part.getBytes(UTF_8)))
                            .toList();
        }
    }
}
