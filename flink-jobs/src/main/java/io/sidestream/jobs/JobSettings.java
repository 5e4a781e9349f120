package io.sidestream.jobs;

import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/**
 * Where a job's settings come from. Each of these goes before those above it:
 *
 * <ol>
 *   <li>what the job recommends;
 *   <li>what the environment has: in application mode the cluster's configuration file and {@code
 *       -D} options, with {@code flink run} the client's file, its {@code -D} options and {@code
 *       -p};
 *   <li>the arguments of the main class, as {@code --key value};
 *   <li>{@link #invariants() what the job relies on}.
 * </ol>
 */
final class JobSettings {

    private JobSettings() {}

    /**
     * Puts a job's settings into its environment.
     *
     * @param env as Flink has made it, from the settings of whoever submits the job
     * @param args {@code --key value}, by the keys of Sidestream and Flink
     * @return all settings
     * @throws IllegalArgumentException if one is unknown; the message names it
     */
    static Configuration settle(
            StreamExecutionEnvironment env, Configuration recommended, String... args) {
        Map<String, String> arguments = arguments(args);
        Configuration settings = new Configuration(recommended);
        settings.addAll(Configuration.fromMap(env.getConfiguration().toMap()));
        settings.addAll(Configuration.fromMap(arguments));
        settings.addAll(invariants());
        JobOptions.requireKnown(settings.keySet());
        env.configure(settings);
        return settings;
    }

    /** Flink's keys have a dot, and so have Sidestream's. */
    private static Map<String, String> arguments(String... args) {
        Map<String, String> arguments = ParameterTool.fromArgs(args).toMap();
        for (String key : arguments.keySet()) {
            if (key.indexOf('.') < 0) {
                throw new IllegalArgumentException(
                        "There is no option --%s; options are written as --sidestream.kafka.bootstrap localhost:9092, or by Flink's keys"
                                .formatted(key));
            }
        }
        return arguments;
    }

    /**
     * Settings that the jobs rely on. Who reads that a version is live from some offset on relies
     * on the index having everything before it: checkpoints are exactly once, and no barrier
     * overtakes an item.
     */
    static Configuration invariants() {
        Configuration config = new Configuration();
        config.set(
                CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
                CheckpointingMode.EXACTLY_ONCE);
        config.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
        config.set(CheckpointingOptions.FORCE_UNALIGNED, false);
        return config;
    }
}
