package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What a backfill needs to know of Kafka, and says there. Everything that it has come to is in
 * Kafka, so that a backfill that is broken off can go on on another machine.
 */
final class BackfillKafka implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaOptions kafka;
    private final Topics topics;
    private final Admin admin;
    private final Producer<byte[], byte[]> producer;

    BackfillKafka(KafkaOptions kafka) {
        this.kafka = kafka;
        this.topics = kafka.topics();
        this.admin = Admin.create(kafka.clientProperties());
        this.producer =
                new KafkaProducer<>(
                        kafka.clientProperties(),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
    }

    /** The last manifest of a version; null: there is none. */
    CodebookManifest manifest(String version) throws ExecutionException, InterruptedException {
        byte[] value = latest(topics.codebooks()).get(version);
        return value == null ? null : decode(CodebookManifest.class, value);
    }

    /** Whether the indexing job assigns arrivals under a version, and from where on. */
    Liveness liveness(String version) throws ExecutionException, InterruptedException {
        List<LiveReport> reports = new ArrayList<>();
        latest(topics.progress())
                .forEach(
                        (key, value) -> {
                            if (ControlKeys.isLiveOf(version, key)) {
                                reports.add(decode(LiveReport.class, value));
                            }
                        });
        return Liveness.of(reports);
    }

    /**
     * Everything in {@code item-embeddings} before some offsets, as far as there is anything: a
     * topic that has been made anew counts from the beginning again.
     */
    Stretch itemsBefore(Map<Integer, Long> ends) throws ExecutionException, InterruptedException {
        Set<TopicPartition> partitions = partitions(topics.itemEmbeddings());
        Map<TopicPartition, Long> until = offsets(partitions, OffsetSpec.latest());
        until.replaceAll(
                (partition, end) -> Math.min(end, ends.getOrDefault(partition.partition(), 0L)));
        return Stretch.between(offsets(partitions, OffsetSpec.earliest()), until);
    }

    /** How far a consumer group has come; partitions that it knows nothing of are missing. */
    Map<TopicPartition, Long> committed(String group)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> committed = new HashMap<>();
        admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach(
                        (partition, offset) -> {
                            if (offset != null) {
                                committed.put(partition, offset.offset());
                            }
                        });
        return committed;
    }

    /** Says how far a consumer group has come; none of its consumers may be at work. */
    void commit(String group, Map<TopicPartition, Long> offsets)
            throws ExecutionException, InterruptedException {
        admin.alterConsumerGroupOffsets(
                        group,
                        offsets.entrySet().stream()
                                .collect(
                                        Collectors.toMap(
                                                Map.Entry::getKey,
                                                offset ->
                                                        new OffsetAndMetadata(offset.getValue()))))
                .all()
                .get();
    }

    /** Everything in {@code sid-assignments} by now. */
    Stretch assignments() throws ExecutionException, InterruptedException {
        Set<TopicPartition> partitions = partitions(topics.assignments());
        return Stretch.between(
                offsets(partitions, OffsetSpec.earliest()),
                offsets(partitions, OffsetSpec.latest()));
    }

    /**
     * Has the indexing job's consumers of {@code sid-assignments} look up: one that waits for
     * records, for up to ten seconds, does not commit how far it has come.
     */
    void nudge() throws ExecutionException, InterruptedException {
        for (TopicPartition partition : partitions(topics.assignments())) {
            producer.send(
                            new ProducerRecord<>(
                                    partition.topic(), partition.partition(), new byte[0], null))
                    .get();
        }
    }

    void announce(BackfillProgress progress) throws ExecutionException, InterruptedException {
        send(
                topics.progress(),
                ControlKeys.backfill(progress.getCodebookVersion()),
                encode(progress));
    }

    /**
     * Marks a version READY, if it is a SHADOW still when nobody else can change it any more.
     *
     * @throws KafkaException if somebody else changes something at the same time
     */
    void markReady(String version, Instant now) throws ExecutionException, InterruptedException {
        Properties settings = kafka.clientProperties();
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.codebooksTransaction());
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "15000");
        try (Producer<byte[], byte[]> exclusive =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            exclusive.initTransactions();
            CodebookManifest manifest = manifest(version);
            if (manifest == null || manifest.getStatus() != CodebookStatus.SHADOW) {
                return;
            }
            CodebookManifest ready =
                    CodebookManifest.newBuilder(manifest)
                            .setStatus(CodebookStatus.READY)
                            .setPublishedAt(now)
                            .build();
            exclusive.beginTransaction();
            Future<RecordMetadata> sent =
                    exclusive.send(record(topics.codebooks(), version, encode(ready)));
            exclusive.commitTransaction(); // throws if it could not be sent
            sent.get();
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
        admin.close(Duration.ofSeconds(5));
    }

    private void send(String topic, String key, byte[] value)
            throws ExecutionException, InterruptedException {
        producer.send(record(topic, key, value)).get();
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, String key, byte[] value) {
        return new ProducerRecord<>(topic, key.getBytes(UTF_8), value);
    }

    private Set<TopicPartition> partitions(String topic)
            throws ExecutionException, InterruptedException {
        TopicDescription description =
                admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        return description.partitions().stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .collect(Collectors.toSet());
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec which)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> entry :
                admin.listOffsets(
                                partitions.stream()
                                        .collect(Collectors.toMap(one -> one, one -> which)))
                        .all()
                        .get()
                        .entrySet()) {
            offsets.put(entry.getKey(), entry.getValue().offset());
        }
        return offsets;
    }

    /** The last value of each key of a compacted topic, in the order in which they were written. */
    private Map<String, byte[]> latest(String topic)
            throws ExecutionException, InterruptedException {
        Set<TopicPartition> partitions = partitions(topic);
        Properties settings = kafka.clientProperties();
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        Map<String, byte[]> latest = new LinkedHashMap<>();
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            // Of what is committed; behind it a transaction may be open for long.
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (!Stretch.between(positions(consumer), ends).isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.key() == null) {
                        continue;
                    }
                    String key = new String(record.key(), UTF_8);
                    latest.remove(key);
                    if (record.value() != null) {
                        latest.put(key, record.value());
                    }
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException("Interrupted while reading " + topic);
                }
            }
        }
        return latest;
    }

    private static Map<TopicPartition, Long> positions(Consumer<?, ?> consumer) {
        return consumer.assignment().stream()
                .collect(Collectors.toMap(partition -> partition, consumer::position));
    }

    private static <T extends SpecificRecordBase> T decode(Class<T> type, byte[] value) {
        try {
            return SingleObjectFormat.of(type).decode(value);
        } catch (MalformedRecordException e) {
            throw new IllegalStateException(
                    "A record is not a %s: %s".formatted(type.getSimpleName(), e.getMessage()), e);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends SpecificRecordBase> byte[] encode(T record) {
        return SingleObjectFormat.of((Class<T>) record.getClass()).encode(record);
    }
}
