package io.sidestream.local.stack;

import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/**
 * Flink in this process, whatever job it is for: bounded memory, and no port for other machines.
 */
final class EmbeddedFlink {

    private static final String LOOPBACK = "127.0.0.1";

    private EmbeddedFlink() {}

    /**
     * @param working directory for working files
     * @param parallelism subtasks of every operator
     * @param managedMemory for state in RocksDB
     */
    static Configuration settings(Path working, int parallelism, MemorySize managedMemory) {
        Configuration settings = new Configuration();
        settings.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
        settings.set(CoreOptions.TMP_DIRS, working.toString());
        settings.set(WebOptions.TMP_DIR, working.toString());
        settings.set(JobManagerOptions.BIND_HOST, LOOPBACK);
        settings.set(TaskManagerOptions.BIND_HOST, LOOPBACK);
        settings.set(RestOptions.BIND_ADDRESS, LOOPBACK);
        settings.set(RestOptions.BIND_PORT, "0");
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, managedMemory);
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
        return settings;
    }
}
