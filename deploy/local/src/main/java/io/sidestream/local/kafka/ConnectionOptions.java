package io.sidestream.local.kafka;

import io.sidestream.jobs.KafkaOptions;
import io.sidestream.local.UserError;
import io.sidestream.schema.Topics;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Option;

/** The options that say which Kafka and which topics: a mixin of every command that needs them. */
public final class ConnectionOptions {

    private static final String DEFAULT_BOOTSTRAP = "localhost:9092";

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            description =
                    "Kafka brokers to connect to, separated by commas (default: "
                            + DEFAULT_BOOTSTRAP
                            + ").")
    private String bootstrap;

    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            description =
                    "Properties file with settings for the Kafka clients, for example for TLS and"
                            + " SASL: the place for secrets. They are never logged.")
    private Path configFile;

    @Option(
            names = "--kafka-property",
            paramLabel = "KEY=VALUE",
            description =
                    "A setting for the Kafka clients, passed on as it is; may be repeated. Goes"
                            + " before --kafka-config. No place for secrets: other users of the"
                            + " machine can see a command line.")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Option(
            names = "--topic-prefix",
            paramLabel = "PREFIX",
            description = "Put before every topic's name (default: none).")
    private String prefix = "";

    /**
     * The connection that the options describe; nothing is contacted yet.
     *
     * @throws UserError if the properties file cannot be read or the prefix is not legal
     */
    public Connection connection() {
        Map<String, String> settings = new LinkedHashMap<>();
        if (configFile != null) {
            settings.putAll(read());
        }
        settings.putAll(properties);
        String fromSettings = settings.remove(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
        String given = bootstrap != null ? bootstrap : fromSettings;
        try {
            return new Connection(
                    given != null ? given : DEFAULT_BOOTSTRAP, settings, new Topics(prefix));
        } catch (IllegalArgumentException e) {
            throw new UserError(e.getMessage(), e);
        }
    }

    private Map<String, String> read() {
        try {
            return KafkaOptions.read(configFile.toString());
        } catch (IllegalArgumentException e) {
            throw new UserError(e.getMessage(), e);
        }
    }
}
