package io.sidestream.bench.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.bench.Cluster;
import io.sidestream.local.kafka.Connection;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.decode.Decode;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.decode.DecodedItem;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The least that a stateful exactly-once job does: decode, send each embedding to where its item's
 * state is, update that state once in RocksDB, and write a small record.
 */
final class OneUpdate implements Pipeline {

    private final Connection kafka;
    private final int parallelism;
    private final int records;
    private final Path directory;

    OneUpdate(Connection kafka, int parallelism, int records, Path directory) {
        this.kafka = kafka;
        this.parallelism = parallelism;
        this.records = records;
        this.directory = directory;
    }

    @Override
    public String title() {
        return "(c) decode, keyBy, one RocksDB update, exactly-once sink";
    }

    @Override
    public Measurement run(int round) throws Exception {
        String topic = "counts-" + round;
        try (Output output = Output.create(kafka, topic);
                Cluster cluster = Cluster.start(parallelism, directory)) {
            Configuration configuration = cluster.configuration();
            configuration.set(PipelineOptions.OBJECT_REUSE, true);
            configuration.set(PipelineOptions.GENERIC_TYPES, false);
            StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
            env.fromSource(
                            ArrivalSource.of(kafka),
                            WatermarkStrategy.noWatermarks(),
                            "source",
                            IncomingRecord.TYPE)
                    .process(new Decode(DecodeOptions.from(configuration)))
                    .name("decode")
                    .keyBy(DecodedItem::itemId, Types.STRING)
                    .process(new CountArrivals())
                    .returns(Types.TUPLE(Types.STRING, Types.LONG))
                    .name("count")
                    .sinkTo(sink(topic))
                    .name("sink");
            cluster.submit(env);
            cluster.await("the first record", () -> ArrivalSource.begin() != null);
            ArrivalSource.Begin begin = ArrivalSource.begin();
            return Commit.await(cluster, output, records, begin.nanos(), begin.cpu());
        }
    }

    private KafkaSink<Tuple2<String, Long>> sink(String topic) {
        return KafkaSink.<Tuple2<String, Long>>builder()
                .setBootstrapServers(kafka.bootstrap())
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(topic)
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "600000")
                .setRecordSerializer(new CountRecords(topic))
                .build();
    }

    /** Counts how often an item arrives. Key: the item. State: the count, never cleared. */
    private static final class CountArrivals
            extends KeyedProcessFunction<String, DecodedItem, Tuple2<String, Long>> {

        private static final long serialVersionUID = 1L;

        private transient ValueState<Long> arrivals;

        @Override
        public void open(OpenContext context) {
            arrivals =
                    getRuntimeContext()
                            .getState(new ValueStateDescriptor<>("arrivals", Types.LONG));
        }

        @Override
        public void processElement(
                DecodedItem item, Context context, Collector<Tuple2<String, Long>> out)
                throws Exception {
            Long before = arrivals.value();
            long now = before == null ? 1 : before + 1;
            arrivals.update(now);
            out.collect(Tuple2.of(item.itemId(), now));
        }
    }

    /** Also tells the sink where it writes: it looks there for transactions to take back. */
    private static final class CountRecords
            implements KafkaRecordSerializationSchema<Tuple2<String, Long>>,
                    KafkaDatasetFacetProvider {

        private static final long serialVersionUID = 1L;

        private final String topic;

        CountRecords(String topic) {
            this.topic = topic;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Tuple2<String, Long> count, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    topic,
                    count.f0.getBytes(UTF_8),
                    ByteBuffer.allocate(Long.BYTES).putLong(count.f1).array());
        }

        @Override
        public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
            return Optional.of(
                    new DefaultKafkaDatasetFacet(
                            DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic))));
        }
    }
}
