package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.publish.Publication;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The indexing job's sources and sinks on a Kafka cluster. */
final class KafkaEndpoints {

    private final KafkaOptions kafka;

    KafkaEndpoints(KafkaOptions kafka) {
        this.kafka = kafka;
    }

    IndexingSources sources() {
        return new IndexingSources(
                source(kafka.topics().codebooks(), kafka.groupId() + "-codebooks"),
                source(kafka.topics().itemEmbeddings(), kafka.groupId()));
    }

    IndexingSinks sinks() {
        return new IndexingSinks(
                sink("updates", new UpdateRecords(kafka)),
                sink("dead-letters", new DeadLetterRecords(kafka.topics().deadLetters())));
    }

    private KafkaSource<IncomingRecord> source(String topic, String groupId) {
        return KafkaSource.<IncomingRecord>builder()
                .setProperties(kafka.clientProperties())
                .setTopics(topic)
                .setGroupId(groupId)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(new AsTheyCome())
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setProperty("commit.offsets.on.checkpoint", "true")
                .build();
    }

    private <T> KafkaSink<T> sink(String name, KafkaRecordSerializationSchema<T> records) {
        return KafkaSink.<T>builder()
                .setKafkaProducerConfig(kafka.clientProperties())
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(kafka.transactionalIdPrefix() + "-" + name)
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setProperty(
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                        Long.toString(kafka.transactionTimeout().toMillis()))
                .setRecordSerializer(records)
                .build();
    }

    private static final class AsTheyCome
            implements KafkaRecordDeserializationSchema<IncomingRecord> {

        private static final long serialVersionUID = 1L;

        @Override
        public void deserialize(
                ConsumerRecord<byte[], byte[]> record, Collector<IncomingRecord> out) {
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

    private static final class UpdateRecords extends AvroRecords<Publication, SidUpdate> {

        private static final long serialVersionUID = 1L;

        private final KafkaOptions kafka;
        private transient UpdateTopics topics;

        UpdateRecords(KafkaOptions kafka) {
            super(SidUpdate.class);
            this.kafka = kafka;
        }

        @Override
        Pattern topics() {
            return Pattern.compile(Pattern.quote(kafka.topics().updates("")) + ".*");
        }

        @Override
        public void open(InitializationContext context, KafkaSinkContext sinkContext) {
            super.open(context, sinkContext);
            topics = new UpdateTopics(kafka.topics(), kafka.clientProperties());
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Publication publication, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    topics.of(publication.codebookVersion()),
                    publication.itemId().getBytes(UTF_8),
                    publication.update() == null ? null : encode(publication.update()));
        }
    }

    private static final class DeadLetterRecords extends AvroRecords<DeadLetter, DeadLetter> {

        private static final long serialVersionUID = 1L;

        private final String topic;

        DeadLetterRecords(String topic) {
            super(DeadLetter.class);
            this.topic = topic;
        }

        @Override
        Pattern topics() {
            return Pattern.compile(Pattern.quote(topic));
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                DeadLetter deadLetter, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(topic, bytes(deadLetter.getKey()), encode(deadLetter));
        }

        private static byte[] bytes(ByteBuffer buffer) {
            if (buffer == null) {
                return null;
            }
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
    }

    /**
     * Kafka records whose values are Avro; keeps the format, which is not serializable. The sink
     * asks for their topics when it is restored, to abort transactions that were left open there.
     */
    private abstract static class AvroRecords<T, V extends SpecificRecordBase>
            implements KafkaRecordSerializationSchema<T>, KafkaDatasetFacetProvider {

        private static final long serialVersionUID = 1L;

        private final Class<V> type;
        private transient SingleObjectFormat<V> format;

        AvroRecords(Class<V> type) {
            this.type = type;
        }

        abstract Pattern topics();

        @Override
        public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
            return Optional.of(
                    new DefaultKafkaDatasetFacet(
                            DefaultKafkaDatasetIdentifier.ofPattern(topics())));
        }

        @Override
        public void open(InitializationContext context, KafkaSinkContext sinkContext) {
            format = SingleObjectFormat.of(type);
        }

        byte[] encode(V value) {
            return format.encode(value);
        }
    }
}
