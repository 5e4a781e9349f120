package io.sidestream.local.kafka;

import io.sidestream.jobs.SecretSettings;
import io.sidestream.local.UserError;
import io.sidestream.schema.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A Kafka cluster and the names of Sidestream's topics in it.
 *
 * @param bootstrap the brokers to ask first, {@code host:port} separated by commas
 * @param properties settings of every Kafka client, as the user gave them: they may hold
 *     credentials, so they are passed on untouched and never printed
 * @param topics the topics' names
 */
public record Connection(String bootstrap, Map<String, String> properties, Topics topics) {

    /**
     * Of read-committed consumers: what a transaction has not committed does not exist for them.
     */
    private static final Map<String, String> READER =
            Map.of(
                    ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                    ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
                    ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");

    /** Of producers that lose and repeat nothing. */
    private static final Map<String, String> WRITER =
            Map.of(
                    ProducerConfig.ACKS_CONFIG, "all",
                    ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");

    /** Between the words of a JAAS setting: its messages cite single ones. */
    private static final Pattern WORD_BREAK = Pattern.compile("[\\s\"'=;]+");

    public Connection {
        properties = Map.copyOf(properties);
    }

    /** A connection that needs no further settings, to topics without a prefix. */
    public static Connection to(String bootstrap) {
        return new Connection(bootstrap, Map.of(), new Topics(""));
    }

    /**
     * A client to administer the cluster.
     *
     * @throws UserError if the settings are not usable; as for the other clients
     */
    public Admin admin() {
        return open(Map.of(), Map.of(), Admin::create);
    }

    /**
     * A producer of bytes that loses and repeats nothing.
     *
     * @param defaults settings that the user's properties may override
     */
    public Producer<byte[], byte[]> producer(Map<String, String> defaults) {
        return open(
                defaults,
                WRITER,
                settings ->
                        new KafkaProducer<>(
                                settings, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /**
     * A read-committed consumer of bytes that commits no offsets.
     *
     * @param defaults settings that the user's properties may override
     */
    public Consumer<byte[], byte[]> consumer(Map<String, String> defaults) {
        return open(
                defaults,
                READER,
                settings ->
                        new KafkaConsumer<>(
                                settings,
                                new ByteArrayDeserializer(),
                                new ByteArrayDeserializer()));
    }

    private <C> C open(
            Map<String, String> defaults,
            Map<String, String> required,
            Function<Map<String, Object>, C> client) {
        Map<String, Object> settings = new HashMap<>(defaults);
        settings.putAll(properties);
        settings.putAll(required);
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        try {
            return client.apply(settings);
        } catch (KafkaException e) {
            throw KafkaErrors.unusableSettings(this, e);
        }
    }

    /**
     * A message of a Kafka client, which may cite a setting, without anything that may be a secret.
     */
    String withoutSecrets(String message) {
        String secrets =
                properties.entrySet().stream()
                        .filter(property -> SecretSettings.isSecret(property.getKey()))
                        .flatMap(property -> WORD_BREAK.splitAsStream(property.getValue()))
                        .filter(word -> !word.isEmpty())
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|"));
        return secrets.isEmpty()
                ? message
                : message.replaceAll("(?<!\\w)(?:" + secrets + ")(?!\\w)", "[hidden]");
    }

    /** Without the properties' values: they may be secrets. */
    @Override
    public String toString() {
        return "Connection[bootstrap=%s, properties of %s, topics=%s]"
                .formatted(bootstrap, new TreeSet<>(properties.keySet()), topics);
    }
}
