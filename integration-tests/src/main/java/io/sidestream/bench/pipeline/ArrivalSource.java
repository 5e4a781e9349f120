package io.sidestream.bench.pipeline;

import io.sidestream.bench.CpuTimes;
import io.sidestream.local.kafka.Connection;
import io.sidestream.operators.IncomingRecord;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The source that the indexing job has, for the pipelines it is compared with. It notes when the
 * first record arrives; one run at a time, in this process.
 */
final class ArrivalSource {

    private static final AtomicReference<Begin> BEGIN = new AtomicReference<>();

    private ArrivalSource() {}

    /** The moment of the first record. */
    record Begin(long nanos, CpuTimes cpu) {}

    /** A source of the topic that begins with its first record and never ends. */
    static KafkaSource<IncomingRecord> of(Connection kafka) {
        BEGIN.set(null);
        return KafkaSource.<IncomingRecord>builder()
                .setBootstrapServers(kafka.bootstrap())
                .setTopics(kafka.topics().itemEmbeddings())
                .setGroupId("benchmark")
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setDeserializer(new AsTheyCome())
                .build();
    }

    /** When the first record arrived; null: none has. */
    static Begin begin() {
        return BEGIN.get();
    }

    private static final class AsTheyCome
            implements KafkaRecordDeserializationSchema<IncomingRecord> {

        private static final long serialVersionUID = 1L;

        private transient boolean begun;

        @Override
        public void deserialize(
                ConsumerRecord<byte[], byte[]> record, Collector<IncomingRecord> out) {
            if (!begun) {
                begun = true;
                BEGIN.compareAndSet(null, new Begin(System.nanoTime(), CpuTimes.now()));
            }
            out.collect(
                    new IncomingRecord(
                            record.topic(),
                            record.partition(),
                            record.offset(),
                            record.timestamp(),
                            record.key(),
                            record.value()));
        }

        @Override
        public TypeInformation<IncomingRecord> getProducedType() {
            return IncomingRecord.TYPE;
        }
    }
}
