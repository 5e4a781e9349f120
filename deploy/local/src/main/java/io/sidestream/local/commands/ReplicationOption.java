package io.sidestream.local.commands;

import io.sidestream.local.kafka.TopicAdmin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How often Kafka keeps every record of a topic that is to be created. */
public final class ReplicationOption {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    private int factor = TopicAdmin.BROKERS_REPLICATION;

    public int factor() {
        return factor;
    }

    @Option(
            names = "--replication",
            paramLabel = "N",
            description = "Replicas of new topics (default: the broker's default).")
    void factor(int given) {
        if (given < 1 || given > Short.MAX_VALUE) {
            throw new ParameterException(
                    spec.commandLine(), "--replication must be at least 1, not " + given);
        }
        factor = given;
    }
}
