package io.sidestream.local.commands;

import static java.util.stream.Collectors.toMap;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.local.kafka.TopicAdmin.Created;
import io.sidestream.local.kafka.TopicAdmin.Existing;
import io.sidestream.schema.Topics.CleanUp;
import io.sidestream.schema.Topics.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "create",
        description = "Create the topics that are missing. Topics that exist are left as they are.")
final class TopicsCreateCommand implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;
    @Mixin private ReplicationOption replication;
    @Spec private CommandSpec spec;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description =
                    "Partitions of the topics that carry items (default: ${DEFAULT-VALUE}). Control"
                            + " topics have one.",
            defaultValue = "" + TopicAdmin.DEFAULT_PARTITIONS)
    private int partitions;

    private final Console console;

    TopicsCreateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (partitions < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--partitions must be at least 1, not " + partitions);
        }
        Connection connection = connectionOptions.connection();
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            List<Topic> topics = connection.topics().fixed();
            Created created = admin.create(topics, partitions, replication.factor());
            Map<String, CleanUp> wanted =
                    topics.stream().collect(toMap(Topic::name, Topic::cleanUp));
            List<List<String>> rows = new ArrayList<>();
            for (Topic topic : created.created()) {
                rows.add(List.of(topic.name(), "created"));
            }
            for (Existing topic :
                    admin.look(created.existing().stream().map(Topic::name).toList())) {
                rows.add(List.of(topic.name(), "exists"));
                if (!topic.discardsLike(wanted.get(topic.name()))) {
                    console.warn(TopicsListCommand.wrongCleanUp(topic, wanted.get(topic.name())));
                }
            }
            console.table(List.of("topic", "state"), rows);
        }
        return 0;
    }
}
