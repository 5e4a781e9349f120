package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.Announcement;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.backfill.ItemAssignments;
import io.sidestream.operators.publish.Publication;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SidUpdateFormat;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.Topics;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.flink.api.common.serialization.SerializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The jobs' sources and sinks on a Kafka cluster. */
final class KafkaEndpoints {

    private final KafkaOptions kafka;

    KafkaEndpoints(KafkaOptions kafka) {
        this.kafka = kafka;
    }

    IndexingSources sources() {
        return new IndexingSources(
                source(kafka.topics().codebooks(), kafka.groups().codebooks()),
                source(kafka.topics().remaps(), kafka.groups().remaps()),
                source(kafka.topics().itemEmbeddings(), kafka.groups().items()),
                source(kafka.topics().assignments(), kafka.groups().assignments()));
    }

    IndexingSinks sinks() {
        return new IndexingSinks(
                sink("updates", new UpdateRecords(kafka.topics())),
                sink("announcements", new AnnouncementRecords(kafka.topics())),
                sink("dead-letters", new DeadLetterRecords(kafka.topics().deadLetters())),
                new UpdateTopics(kafka));
    }

    /** Reads a stretch of {@code item-embeddings}. */
    Source<IncomingRecord, ?, ?> items(Stretch stretch, String groupId) {
        return source(groupId, OffsetsInitializer.offsets(stretch.from()))
                .setPartitions(new HashSet<>(stretch.from().keySet())) // which can be serialized
                .setBounded(OffsetsInitializer.offsets(stretch.until()))
                .build();
    }

    /** What a backfill writes may be written twice. */
    BackfillSinks backfillSinks() {
        return new BackfillSinks(
                sinkAtLeastOnce(new AssignmentRecords(kafka.topics().assignments())),
                sinkAtLeastOnce(new DeadLetterRecords(kafka.topics().deadLetters())));
    }

    private KafkaSource<IncomingRecord> source(String topic, String groupId) {
        return source(groupId, OffsetsInitializer.earliest()).setTopics(topic).build();
    }

    private KafkaSourceBuilder<IncomingRecord> source(String groupId, OffsetsInitializer from) {
        return KafkaSource.<IncomingRecord>builder()
                .setProperties(kafka.clientProperties())
                .setGroupId(groupId)
                .setStartingOffsets(from)
                .setDeserializer(new AsTheyCome())
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setProperty("commit.offsets.on.checkpoint", "true");
    }

    private <T> KafkaSink<T> sink(String name, KafkaRecordSerializationSchema<T> records) {
        return sink(records)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(kafka.transactionalIdPrefix() + "-" + name)
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setProperty(
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                        Long.toString(kafka.transactionTimeout().toMillis()))
                .build();
    }

    private <T> KafkaSink<T> sinkAtLeastOnce(KafkaRecordSerializationSchema<T> records) {
        return sink(records).setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE).build();
    }

    private <T> KafkaSinkBuilder<T> sink(KafkaRecordSerializationSchema<T> records) {
        Properties producer = new Properties();
        // Nobody reads a record before its checkpoint is complete, so that waiting for a full
        // batch costs nothing.
        producer.put(ProducerConfig.LINGER_MS_CONFIG, "100");
        producer.put(ProducerConfig.BATCH_SIZE_CONFIG, "262144");
        producer.putAll(kafka.clientProperties());
        return KafkaSink.<T>builder().setKafkaProducerConfig(producer).setRecordSerializer(records);
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

        private final Topics topics;
        private transient SidUpdateFormat format;

        UpdateRecords(Topics topics) {
            super(Pattern.compile(Pattern.quote(topics.updates("")) + ".*"));
            this.topics = topics;
        }

        @Override
        public void open(InitializationContext context, KafkaSinkContext sinkContext) {
            format = new SidUpdateFormat();
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Publication publication, KafkaSinkContext context, Long timestamp) {
            SidUpdate update = publication.update();
            return new ProducerRecord<>(
                    topics.updates(publication.codebookVersion()),
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
                                    + Pattern.quote(topics.remaps())
                                    + "|"
                                    + Pattern.quote(topics.progress())));
            this.topics = topics;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Announcement announcement, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    switch (announcement.channel()) {
                        case HOURGLASS -> topics.hourglass();
                        case REMAPS -> topics.remaps();
                        case PROGRESS -> topics.progress();
                    },
                    announcement.key().getBytes(UTF_8),
                    announcement.value());
        }
    }

    private static final class AssignmentRecords extends Records<AssignedItem> {

        private static final long serialVersionUID = 1L;

        private final String topic;
        private transient ItemAssignments format;

        AssignmentRecords(String topic) {
            super(Pattern.compile(Pattern.quote(topic)));
            this.topic = topic;
        }

        @Override
        public void open(InitializationContext context, KafkaSinkContext sinkContext) {
            format = new ItemAssignments();
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                AssignedItem item, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(topic, item.itemId().getBytes(UTF_8), format.encode(item));
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
