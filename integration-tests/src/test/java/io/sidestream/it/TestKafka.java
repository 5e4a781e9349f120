package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;

import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.local.stack.Broker;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.Topics;
import io.sidestream.schema.Topics.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * One test's topics on a broker that all tests of a run share, which has a process of its own and
 * ends with this one.
 */
final class TestKafka implements AutoCloseable {

    /** Where the codebook stores of all tests are. */
    static final String STORES = Path.of(System.getProperty("java.io.tmpdir")).toUri().toString();

    static final int PARTITIONS = 4;

    private static Broker broker;

    private final Connection connection;
    private final Admin admin;
    private final Producer<byte[], byte[]> producer;
    private final Map<String, Reader> readers = new HashMap<>();

    private TestKafka(Connection connection) {
        this.connection = connection;
        this.admin = connection.admin();
        this.producer = connection.producer(Map.of("linger.ms", "5"));
    }

    /**
     * Makes a test's topics.
     *
     * @param prefix of their names, another for every test
     * @param topics which; those of a codebook version are made when it is published
     */
    static TestKafka create(String prefix, Collection<Topic> topics) throws Exception {
        Connection connection =
                new Connection(sharedBroker().bootstrap(), Map.of(), new Topics(prefix));
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(topics, PARTITIONS, TopicAdmin.BROKERS_REPLICATION);
        }
        return new TestKafka(connection);
    }

    static TestKafka create(String prefix) throws Exception {
        return create(prefix, new Topics(prefix).fixed());
    }

    /** Topics that are there already, on a broker that is not the tests'. */
    static TestKafka at(String bootstrap) {
        return new TestKafka(Connection.to(bootstrap));
    }

    private static synchronized Broker sharedBroker() throws Exception {
        if (broker == null) {
            DataDirectory data = DataDirectory.temporary();
            broker = Broker.start(data, 0);
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(
                                    () -> {
                                        broker.close();
                                        data.close();
                                    }));
        }
        return broker;
    }

    Connection connection() {
        return connection;
    }

    Topics topics() {
        return connection.topics();
    }

    /** Puts a codebook into a store and its manifest into the topic; makes the updates' topic. */
    void publish(TestCodebook codebook, Path store) throws Exception {
        try (TopicAdmin topicAdmin = TopicAdmin.connect(connection)) {
            topicAdmin.create(
                    List.of(topics().ofVersion(codebook.version())),
                    PARTITIONS,
                    TopicAdmin.BROKERS_REPLICATION);
        }
        publish(codebook, store, CodebookStatus.ACTIVE);
    }

    /** Puts a codebook's manifest into the topic once more, with another status. */
    void publish(TestCodebook codebook, Path store, CodebookStatus status) throws Exception {
        CodebookManifest manifest =
                new CodebookStore(store.toUri()).put(codebook.codebook(), status, Instant.now());
        send(
                new ProducerRecord<>(
                        topics().codebooks(),
                        codebook.version().getBytes(UTF_8),
                        SingleObjectFormat.of(CodebookManifest.class).encode(manifest)));
        flush();
    }

    /** Sends a record; it has arrived after {@link #flush}. */
    Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
        return producer.send(record);
    }

    void flush() {
        producer.flush();
    }

    /** All that is committed of a topic, each partition in order. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        return readers.computeIfAbsent(topic, Reader::new).read();
    }

    /** Goes on where it stopped: tests wait for something by reading again and again. */
    private final class Reader {

        private final Consumer<byte[], byte[]> consumer =
                connection.consumer(Map.of("fetch.max.wait.ms", "20"));
        private final List<TopicPartition> partitions;
        private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();

        Reader(String topic) {
            partitions = partitions(topic);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        }

        List<ConsumerRecord<byte[], byte[]>> read() {
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream()
                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return List.copyOf(records);
        }
    }

    /** How far a consumer group says that it has read a topic; 0 where it says nothing. */
    long committedOffsets(String groupId, String topic) throws Exception {
        return admin
                .listConsumerGroupOffsets(groupId)
                .partitionsToOffsetAndMetadata()
                .get()
                .entrySet()
                .stream()
                .filter(position -> position.getKey().topic().equals(topic))
                .mapToLong(position -> position.getValue().offset())
                .sum();
    }

    /** How many records of a topic are committed, transactions' markers counted among them. */
    long committedEnd(String topic) throws Exception {
        return ends(topic, IsolationLevel.READ_COMMITTED).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Whether no transaction is open that has written to a topic. */
    boolean isCommitted(String topic) throws Exception {
        return ends(topic, IsolationLevel.READ_COMMITTED)
                .equals(ends(topic, IsolationLevel.READ_UNCOMMITTED));
    }

    private Map<TopicPartition, Long> ends(String topic, IsolationLevel isolation)
            throws Exception {
        return admin
                .listOffsets(
                        partitions(topic).stream().collect(toMap(p -> p, p -> OffsetSpec.latest())),
                        new ListOffsetsOptions(isolation))
                .all()
                .get()
                .entrySet()
                .stream()
                .collect(toMap(Map.Entry::getKey, end -> end.getValue().offset()));
    }

    private List<TopicPartition> partitions(String topic) {
        return IntStream.range(0, producer.partitionsFor(topic).size())
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    @Override
    public void close() {
        readers.values().forEach(reader -> reader.consumer.close());
        producer.close();
        admin.close();
    }
}
