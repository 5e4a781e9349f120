package io.sidestream.local.stack;

import io.sidestream.local.console.LogFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main class of the broker's own process: a Kafka broker and controller in one, which stops
 * when its standard input ends. So it outlives its parent in no case, not even when that is killed,
 * and nothing else needs to be done to stop it.
 */
public final class BrokerProcess {

    /** The same at every start, or Kafka would refuse the directory: "sidestream-local". */
    private static final String CLUSTER_ID = "c2lkZXN0cmVhbS1sb2NhbA";

    private BrokerProcess() {}

    /**
     * @param args the path of a Kafka server configuration, and that of the log file
     */
    public static void main(String[] args) {
        // Ctrl-C reaches every process of the terminal, but the job still needs its broker to stop
        // in good order: only the end of standard input counts.
        Signals.handle(() -> {});
        LogFile.use(Path.of(args[1]));
        Logger log = LoggerFactory.getLogger(BrokerProcess.class);
        int status = 0;
        try {
            run(load(Path.of(args[0])), log);
        } catch (Exception | Error e) {
            log.error("The broker failed", e);
            status = 1;
        }
        // Some of the broker's threads are no daemons, above all after a start that failed.
        Runtime.getRuntime().halt(status);
    }

    private static void run(Properties properties, Logger log) throws Exception {
        KafkaConfig config = new KafkaConfig(properties);
        format(config);
        KafkaRaftServer server = new KafkaRaftServer(config, Time.SYSTEM);
        try {
            server.startup();
            log.info("The broker is up");
            System.in.transferTo(OutputStream.nullOutputStream());
            log.info("Standard input has ended: stopping");
        } finally {
            server.shutdown();
            server.awaitShutdown();
        }
    }

    /** Gives an empty log directory its identity; a directory that has one keeps it. */
    private static void format(KafkaConfig config) throws Exception {
        String directory = config.logDirs().get(0);
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
                .setNodeId(config.nodeId())
                .setClusterId(CLUSTER_ID)
                .addDirectory(directory)
                .setMetadataLogDirectory(directory)
                .setControllerListenerName(config.controllerListenerNames().get(0))
                .setIgnoreFormatted(true)
                .run();
    }

    private static Properties load(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties;
    }
}
