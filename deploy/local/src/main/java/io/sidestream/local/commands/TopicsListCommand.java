package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.local.kafka.TopicAdmin.Existing;
import io.sidestream.schema.Topics.CleanUp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", description = "List Sidestream's topics, and what is missing of them.")
final class TopicsListCommand implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    TopicsListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = connectionOptions.connection();
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            Set<String> present = admin.names();
            Map<String, CleanUp> wanted = new LinkedHashMap<>();
            connection.topics().fixed().forEach(topic -> wanted.put(topic.name(), topic.cleanUp()));
            String updates = connection.topics().updates("");
            present.stream()
                    .filter(name -> name.startsWith(updates))
                    .map(name -> connection.topics().ofVersion(name.substring(updates.length())))
                    .forEach(topic -> wanted.put(topic.name(), topic.cleanUp()));

            List<List<String>> rows = new ArrayList<>();
            for (Existing topic :
                    admin.look(wanted.keySet().stream().filter(present::contains).toList())) {
                rows.add(
                        List.of(
                                topic.name(),
                                Integer.toString(topic.partitions()),
                                Integer.toString(topic.replication()),
                                topic.cleanUpPolicy(),
                                String.format(Locale.ROOT, "%,d", topic.records())));
                if (!topic.discardsLike(wanted.get(topic.name()))) {
                    console.warn(wrongCleanUp(topic, wanted.get(topic.name())));
                }
            }
            if (!rows.isEmpty()) {
                console.table(
                        List.of("topic", "partitions", "replicas", "clean-up", "offsets"), rows);
            }
            List<String> missing =
                    wanted.keySet().stream().filter(name -> !present.contains(name)).toList();
            if (!missing.isEmpty()) {
                console.warn(
                        "missing: %s; create them with `sidestream topics create`"
                                .formatted(String.join(", ", missing)));
            }
        }
        return 0;
    }

    static String wrongCleanUp(Existing topic, CleanUp wanted) {
        return ("topic %s has cleanup.policy=%s, and Sidestream needs %s; change the"
                        + " topic's configuration")
                .formatted(
                        topic.name(),
                        topic.cleanUpPolicy(),
                        wanted.name().toLowerCase(Locale.ROOT));
    }
}
