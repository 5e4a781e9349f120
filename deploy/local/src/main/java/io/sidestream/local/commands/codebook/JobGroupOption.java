package io.sidestream.local.commands.codebook;

import io.sidestream.jobs.KafkaOptions;
import picocli.CommandLine.Option;

/** How the indexing job is known to Kafka. */
final class JobGroupOption {

    @Option(
            names = "--group",
            paramLabel = "ID",
            description =
                    "Consumer group of the indexing job, as in its option"
                            + " sidestream.kafka.group-id (default: ${DEFAULT-VALUE}).")
    private String group = KafkaOptions.GROUP_ID.defaultValue();

    String group() {
        return group;
    }
}
