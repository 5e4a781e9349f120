package io.sidestream.bench.pipeline;

import io.sidestream.bench.CpuTimes;
import io.sidestream.local.kafka.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/** A Kafka consumer that looks at nothing: the rate at which records can be had at all. */
final class PlainConsumer implements Pipeline {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Connection kafka;
    private final int records;

    PlainConsumer(Connection kafka, int records) {
        this.kafka = kafka;
        this.records = records;
    }

    @Override
    public String title() {
        return "(a) plain consumer";
    }

    @Override
    public Measurement run(int round) {
        try (Consumer<byte[], byte[]> consumer = kafka.consumer(Map.of())) {
            String topic = kafka.topics().itemEmbeddings();
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(partition -> new TopicPartition(topic, partition.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            CpuTimes before = CpuTimes.now();
            long begin = System.nanoTime();
            long seen = 0;
            while (seen < records) {
                ConsumerRecords<byte[], byte[]> batch = consumer.poll(PATIENCE);
                if (batch.isEmpty()) {
                    throw new IllegalStateException(
                            "Only %,d of %,d records came".formatted(seen, records));
                }
                seen += batch.count();
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            return new Measurement(seconds, CpuTimes.now().since(before));
        }
    }
}
