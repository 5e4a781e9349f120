package io.sidestream.local.kafka;

import static java.util.stream.Collectors.toMap;

import io.sidestream.jobs.NewTopics;
import io.sidestream.local.UserError;
import io.sidestream.schema.Topics;
import io.sidestream.schema.Topics.CleanUp;
import io.sidestream.schema.Topics.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Makes and looks at Sidestream's topics. Serves one thread. */
public final class TopicAdmin implements AutoCloseable {

    /** Partitions of the topics that carry items. */
    public static final int DEFAULT_PARTITIONS = 4;

    /** Lets the broker decide on the number of replicas. */
    public static final int BROKERS_REPLICATION = -1;

    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Duration LEADER_PATIENCE = Duration.ofMinutes(1);

    private final Connection connection;
    private final Admin admin;

    private TopicAdmin(Connection connection, Admin admin) {
        this.connection = connection;
        this.admin = admin;
    }

    /**
     * What creating topics has done.
     *
     * @param created the topics that were missing
     * @param existing the topics that were there already, and were left as they are
     */
    public record Created(List<Topic> created, List<Topic> existing) {}

    /**
     * A topic as it is.
     *
     * @param records end offsets less begin offsets over all partitions: an upper bound, for
     *     compaction and transactions leave gaps
     */
    public record Existing(
            String name, int partitions, int replication, String cleanUpPolicy, long records) {

        /** Whether Kafka discards records in the way that Sidestream relies on. */
        public boolean discardsLike(CleanUp wanted) {
            return policy(wanted).equals(cleanUpPolicy);
        }
    }

    /**
     * Connects, and waits for a broker to answer.
     *
     * @throws UserError after about eight seconds without an answer
     */
    public static TopicAdmin connect(Connection connection) throws InterruptedException {
        return connect(connection, PATIENCE);
    }

    static TopicAdmin connect(Connection connection, Duration patience)
            throws InterruptedException {
        Admin admin = connection.admin();
        try {
            admin.describeCluster(new DescribeClusterOptions().timeoutMs((int) patience.toMillis()))
                    .clusterId()
                    .get();
            return new TopicAdmin(connection, admin);
        } catch (ExecutionException e) {
            admin.close(Duration.ZERO);
            throw e.getCause() instanceof TimeoutException
                    ? KafkaErrors.unreachable(connection, e.getCause())
                    : KafkaErrors.explain(connection, e.getCause());
        } catch (InterruptedException | RuntimeException e) {
            admin.close(Duration.ZERO);
            throw e;
        }
    }

    /**
     * Creates what is missing of some topics, and waits until all of them can be written to. Topics
     * that exist are never changed.
     *
     * @param partitions of the topics that carry items; control topics always have one
     * @param replication copies of every record, or {@link #BROKERS_REPLICATION}
     */
    public Created create(Collection<Topic> topics, int partitions, int replication)
            throws InterruptedException {
        Map<String, KafkaFuture<Void>> results =
                admin.createTopics(
                                topics.stream()
                                        .map(topic -> newTopic(topic, partitions, replication))
                                        .toList())
                        .values();
        List<Topic> created = new ArrayList<>();
        List<Topic> existing = new ArrayList<>();
        for (Topic topic : topics) {
            try {
                results.get(topic.name()).get();
                created.add(topic);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw KafkaErrors.explain(connection, e.getCause());
                }
                existing.add(topic);
            }
        }
        awaitLeaders(topics.stream().map(Topic::name).toList());
        return new Created(List.copyOf(created), List.copyOf(existing));
    }

    private void awaitLeaders(List<String> topics) throws InterruptedException {
        try {
            NewTopics.awaitLeaders(admin, topics, LEADER_PATIENCE);
        } catch (ExecutionException e) {
            throw KafkaErrors.explain(connection, e.getCause());
        }
    }

    private NewTopic newTopic(Topic topic, int partitions, int replication) {
        Topics names = connection.topics();
        Map<String, String> settings = new HashMap<>();
        settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, policy(topic.cleanUp()));
        if (topic.name().equals(names.remaps())) {
            settings.put(TopicConfig.RETENTION_MS_CONFIG, "-1"); // few, and decisions are for good
        }
        // Decisions, and what becomes of them, must be read in the order in which they were made.
        boolean control =
                List.of(names.codebooks(), names.remaps(), names.progress()).contains(topic.name());
        return new NewTopic(topic.name(), control ? 1 : partitions, (short) replication)
                .configs(settings);
    }

    private static String policy(CleanUp cleanUp) {
        return cleanUp.name().toLowerCase(Locale.ROOT);
    }

    /** Deletes a topic, if there is one of this name. */
    public void delete(String topic) throws InterruptedException {
        try {
            admin.deleteTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw KafkaErrors.explain(connection, e.getCause());
            }
        }
    }

    /** The names of all topics that this connection may see. */
    public Set<String> names() throws InterruptedException {
        return new TreeSet<>(KafkaErrors.get(connection, admin.listTopics().names()));
    }

    /**
     * Insists on a topic.
     *
     * @throws UserError unless the topic exists
     */
    public void require(String topic) throws InterruptedException {
        if (!names().contains(topic)) {
            throw new UserError(
                    ("there is no topic %s at %s; create Sidestream's topics with `sidestream"
                                    + " topics create`, or give the --topic-prefix that they have")
                            .formatted(topic, connection.bootstrap()));
        }
    }

    /** Partitions of a topic, or empty when there is no such topic. */
    public Optional<Integer> partitions(String topic) throws InterruptedException {
        return names().contains(topic)
                ? Optional.of(describe(List.of(topic)).get(topic).partitions().size())
                : Optional.empty();
    }

    /** Looks at topics, which must exist; in the order given. */
    public List<Existing> look(Collection<String> topics) throws InterruptedException {
        Map<String, TopicDescription> descriptions = describe(topics);
        List<ConfigResource> resources =
                topics.stream()
                        .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .toList();
        Map<ConfigResource, Config> configs =
                KafkaErrors.get(connection, admin.describeConfigs(resources).all());
        List<Existing> found = new ArrayList<>();
        for (ConfigResource resource : resources) {
            TopicDescription description = descriptions.get(resource.name());
            List<TopicPartition> partitions =
                    description.partitions().stream()
                            .map(info -> new TopicPartition(resource.name(), info.partition()))
                            .toList();
            found.add(
                    new Existing(
                            resource.name(),
                            partitions.size(),
                            description.partitions().get(0).replicas().size(),
                            configs.get(resource).get(TopicConfig.CLEANUP_POLICY_CONFIG).value(),
                            sum(offsets(partitions, OffsetSpec.latest()))
                                    - sum(offsets(partitions, OffsetSpec.earliest()))));
        }
        return found;
    }

    /** Records written to a topic, committed or not: the sum of its partitions' end offsets. */
    long endOffsets(Collection<TopicPartition> partitions) throws InterruptedException {
        return sum(offsets(partitions, OffsetSpec.latest()));
    }

    private Map<String, TopicDescription> describe(Collection<String> topics)
            throws InterruptedException {
        return KafkaErrors.get(connection, admin.describeTopics(topics).allTopicNames());
    }

    private Map<TopicPartition, ListOffsetsResultInfo> offsets(
            Collection<TopicPartition> partitions, OffsetSpec which) throws InterruptedException {
        return KafkaErrors.get(
                connection,
                admin.listOffsets(
                                partitions.stream().collect(toMap(p -> p, p -> which)),
                                new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                        .all());
    }

    private static long sum(Map<TopicPartition, ListOffsetsResultInfo> offsets) {
        return offsets.values().stream().mapToLong(ListOffsetsResultInfo::offset).sum();
    }

    @Override
    public void close() {
        admin.close(PATIENCE);
    }
}
