package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.publish.Publication;
import io.sidestream.operators.watch.Announcement;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SidUpdateFormat;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.Topics;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
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
                source(kafka.topics().remaps(), kafka.groupId() + "-remaps"),
                source(kafka.topics().itemEmbeddings(), kafka.groupId()));
    }

    IndexingSinks sinks() {
        return new IndexingSinks(
                sink("updates", new UpdateRecords(kafka)),
                sink("announcements", new AnnouncementRecords(kafka.topics())),
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
        Properties producer = new Properties();
        // Nobody reads a record before its transaction is committed, so that waiting for a full
        // batch costs nothing.
        producer.put(ProducerConfig.LINGER_MS_CONFIG, "100");
        producer.put(ProducerConfig.BATCH_SIZE_CONFIG, "262144");
        producer.putAll(kafka.clientProperties());
        return KafkaSink.<T>builder()
                .setKafkaProducerConfig(producer)
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

    private static final class UpdateRecords extends Records<Publication> {

        private static final long serialVersionUID = 1L;

        private final KafkaOptions kafka;
        private transient UpdateTopics topics;
        private transient SidUpdateFormat format;

        UpdateRecords(KafkaOptions kafka) {
            super(Pattern.compile(Pattern.quote(kafka.topics().updates("")) + ".*"));
            this.kafka = kafka;
        }

        @Override
        public void open(InitializationContext context, KafkaSinkContext sinkContext) {
            topics = new UpdateTopics(kafka.topics(), kafka.clientProperties());
            format = new SidUpdateFormat();
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Publication publication, KafkaSinkContext context, Long timestamp) {
            SidUpdate update = publication.update();
            return new ProducerRecord<>(
                    topics.of(publication.codebookVersion()),
                    publication.itemId().getBytes(UTF_8),
                    update == null ? null : format.encode(update));
        }
    }

    private static final class AnnouncementRecords extends Records<Announcement> {

        private static final long serialVersionUID = 1L;

        private final Topics topics;

        AnnouncementRecords(Topics topics) {
            super(
                    Pattern.compile(
                            Pattern.quote(topics.hourglass())
                                    + "|"
                                    + Pattern.quote(topics.remaps())));
            this.topics = topics;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Announcement announcement, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    switch (announcement.channel()) {
                        case HOURGLASS -> topics.hourglass();
                        case REMAPS -> topics.remaps();
                    },
                    announcement.codebookVersion().getBytes(UTF_8),
                    announcement.value());
        }
    }

    private static final class DeadLetterRecords extends Records<DeadLetter> {

        private static final long serialVersionUID = 1L;

        private final String topic;
        private transient SingleObjectFormat<DeadLetter> format;

        DeadLetterRecords(String topic) {
            super(Pattern.compile(Pattern.quote(topic)));
            this.topic = topic;
        }

        @Override
        public void open(InitializationContext context, KafkaSinkContext sinkContext) {
            format = SingleObjectFormat.of(DeadLetter.class);
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                DeadLetter letter, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(topic, bytes(letter.getKey()), format.encode(letter));
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
     * Kafka records, and the topics they go to: the sink asks for these when it is restored, to
     * abort the transactions that were left open there.
     */
    private abstract static class Records<T>
            implements KafkaRecordSerializationSchema<T>, KafkaDatasetFacetProvider {

        private static final long serialVersionUID = 1L;

        private final Pattern topics;

        Records(Pattern topics) {
            this.topics = topics;
        }

        @Override
        public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
            return Optional.of(
                    new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofPattern(topics)));
        }
    }
}
