package io.sidestream.jobs;

import io.sidestream.schema.Quote;
import io.sidestream.schema.Topics;
import java.io.IOException;
import java.io.Reader;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * The Kafka cluster behind a job.
 *
 * @param bootstrap where to find it
 * @param topics names of its topics
 * @param groupId consumer group that shows how far the job has come
 * @param transactionalIdPrefix tells this job's transactions from any other's on the cluster
 * @param transactionTimeout how long a transaction may stay open
 * @param properties further client settings, passed through untouched and never logged
 */
public record KafkaOptions(
        String bootstrap,
        Topics topics,
        String groupId,
        String transactionalIdPrefix,
        Duration transactionTimeout,
        Map<String, String> properties)
        implements Serializable {

    private static final int MAX_TIMEOUT = Integer.MAX_VALUE; // milliseconds, as Kafka counts them

    public static final ConfigOption<String> BOOTSTRAP =
            ConfigOptions.key("sidestream.kafka.bootstrap")
                    .stringType()
                    .defaultValue("localhost:9092")
                    .withDescription("Kafka's bootstrap servers.");

    public static final ConfigOption<String> TOPIC_PREFIX =
            ConfigOptions.key("sidestream.topics.prefix")
                    .stringType()
                    .defaultValue("")
                    .withDescription("Stands before every topic's name.");

    public static final ConfigOption<String> GROUP_ID =
            ConfigOptions.key("sidestream.kafka.group-id")
                    .stringType()
                    .defaultValue("sidestream-indexing")
                    .withDescription(
                            "Consumer group that the indexing job commits its offsets to at every"
                                    + " checkpoint, for others to see how far it has come; it starts"
                                    + " from its own checkpoints.");

    public static final ConfigOption<String> TRANSACTIONAL_ID_PREFIX =
            ConfigOptions.key("sidestream.kafka.transactional-id-prefix")
                    .stringType()
                    .defaultValue("sidestream-indexing")
                    .withDescription(
                            "Begins the ids of the job's Kafka transactions. Unique among the jobs"
                                    + " of a cluster, and the same whenever the job is restored.");

    public static final ConfigOption<Duration> TRANSACTION_TIMEOUT =
            ConfigOptions.key("sidestream.kafka.transaction-timeout")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(15))
                    .withDescription(
                            "How long a Kafka transaction may stay open: longer than the longest"
                                    + " time between a checkpoint and a restore, at most the"
                                    + " broker's transaction.max.timeout.ms.");

    public static final ConfigOption<Map<String, String>> PROPERTIES =
            ConfigOptions.key("sidestream.kafka.properties")
                    .mapType()
                    .defaultValue(Map.of())
                    .withDescription(
                            "Further settings of every Kafka client, for example security.protocol."
                                    + " Secrets belong into the file of sidestream.kafka.config-file:"
                                    + " Flink shows options in its web interface and logs.");

    public static final ConfigOption<String> CONFIG_FILE =
            ConfigOptions.key("sidestream.kafka.config-file")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Properties file with settings of every Kafka client, secrets among"
                                    + " them. It is read where the job is submitted; options go before"
                                    + " it.");

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public KafkaOptions {
        properties = new HashMap<>(properties); // which can be serialized
        properties.remove(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
        requireText(BOOTSTRAP, bootstrap);
        requireText(GROUP_ID, groupId);
        requireText(TRANSACTIONAL_ID_PREFIX, transactionalIdPrefix);
        if (transactionTimeout.toMillis() < 1 || transactionTimeout.toMillis() > MAX_TIMEOUT) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be from 1 ms to %d ms"
                            .formatted(TRANSACTION_TIMEOUT.key(), transactionTimeout, MAX_TIMEOUT));
        }
    }

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static KafkaOptions from(ReadableConfig config) {
        Topics topics;
        try {
            topics = new Topics(config.get(TOPIC_PREFIX));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(TOPIC_PREFIX.key() + ": " + e.getMessage(), e);
        }
        return new KafkaOptions(
                config.get(BOOTSTRAP),
                topics,
                config.get(GROUP_ID),
                config.get(TRANSACTIONAL_ID_PREFIX),
                config.get(TRANSACTION_TIMEOUT),
                properties(config));
    }

    private static Map<String, String> properties(ReadableConfig config) {
        Map<String, String> settings = new HashMap<>();
        config.getOptional(CONFIG_FILE).ifPresent(file -> settings.putAll(read(file)));
        settings.putAll(given(config));
        return settings;
    }

    @SuppressWarnings("UnusedException") // the cause quotes the settings: they may hold passwords
    private static Map<String, String> given(ReadableConfig config) {
        Map<String, String> given;
        try {
            given = config.get(PROPERTIES);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "%s cannot be read (it is not shown here, as it may hold passwords): write an option %s.name for each setting, and secrets into the file of %s"
                            .formatted(PROPERTIES.key(), PROPERTIES.key(), CONFIG_FILE.key()));
        }
        boolean asMap =
                config instanceof Configuration all && all.keySet().contains(PROPERTIES.key());
        for (String name : given.keySet()) {
            String option = asMap ? PROPERTIES.key() : PROPERTIES.key() + "." + name;
            if (SecretSettings.isSecret(name) && !GlobalConfiguration.isSensitive(option)) {
                throw new IllegalArgumentException(
                        "%s has the setting %s, whose value may be a secret, and Flink shows it in its web interface and logs: put it into a properties file, and the file's path into %s"
                                .formatted(PROPERTIES.key(), Quote.quote(name), CONFIG_FILE.key()));
            }
        }
        return given;
    }

    /**
     * The settings of a properties file.
     *
     * @throws IllegalArgumentException if it cannot be read; the message cites nothing of it
     */
    public static Map<String, String> read(String file) {
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
            read.load(reader);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(
                    "the Kafka settings cannot be read: there is no file %s"
                            .formatted(Quote.quote(file)),
                    e);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the Kafka settings in %s cannot be read (%s); it should be a Java properties file, one key=value a line"
                            .formatted(Quote.quote(file), e.getClass().getSimpleName()),
                    e);
        }
        Map<String, String> settings = new HashMap<>();
        read.stringPropertyNames().forEach(name -> settings.put(name, read.getProperty(name)));
        return settings;
    }

    /** The same with other client settings, which no configuration shows. */
    public KafkaOptions withProperties(Map<String, String> others) {
        return new KafkaOptions(
                bootstrap, topics, groupId, transactionalIdPrefix, transactionTimeout, others);
    }

    private static void requireText(ConfigOption<String> option, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(option.key() + " is empty");
        }
    }

    /** Names of the consumer groups that show how far the jobs have come. */
    public ConsumerGroups groups() {
        return new ConsumerGroups(groupId);
    }

    /**
     * Consumer groups of the jobs.
     *
     * @param items of the indexing job in {@code item-embeddings}; the others' names begin with it
     */
    public record ConsumerGroups(String items) {

        /** Of the indexing job in {@code sid-codebooks}. */
        public String codebooks() {
            return items + "-codebooks";
        }

        /** Of the indexing job in {@code sid-remaps}. */
        public String remaps() {
            return items + "-remaps";
        }

        /** Of the indexing job in {@code sid-assignments}. */
        public String assignments() {
            return items + "-assignments";
        }

        /** Of the backfill of a codebook version in {@code item-embeddings}. */
        public String backfill(String codebookVersion) {
            return items + "-backfill-" + codebookVersion;
        }
    }

    /** Settings of every Kafka client. */
    Properties clientProperties() {
        Properties client = new Properties();
        client.putAll(properties);
        client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        return client;
    }

    /** Without the client settings: they may hold passwords. */
    @Override
    public String toString() {
        return "Kafka at " + bootstrap + ", topic prefix '" + topics.prefix() + "'";
    }
}
