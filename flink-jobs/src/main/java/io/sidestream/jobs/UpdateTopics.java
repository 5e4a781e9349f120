package io.sidestream.jobs;

import io.sidestream.schema.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * Makes sure that the output topic of a codebook version exists before the first update is written
 * to it: a version may be published by anyone, and a producer facing a missing topic stops the job.
 */
final class UpdateTopics {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Topics topics;
    private final Properties client;
    private final Set<String> ensured = new HashSet<>();

    UpdateTopics(Topics topics, Properties client) {
        this.topics = topics;
        this.client = client;
    }

    /** The topic of a version; made, compacted and with the broker's defaults, if it is missing. */
    String of(String codebookVersion) {
        String topic = topics.updates(codebookVersion);
        if (ensured.add(codebookVersion)) {
            ensure(topic);
        }
        return topic;
    }

    private void ensure(String topic) {
        try (Admin admin = Admin.create(client)) {
            if (!admin.listTopics().names().get().contains(topic)) {
                create(admin, topic);
            }
            NewTopics.awaitLeaders(admin, List.of(topic), PATIENCE); // it may be another subtask's
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "Cannot create the topic %s: %s; create it by hand, with cleanup.policy=compact"
                            .formatted(topic, e.getCause().getMessage()),
                    e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while creating the topic " + topic, e);
        }
    }

    private static void create(Admin admin, String topic)
            throws InterruptedException, ExecutionException {
        NewTopic compacted =
                new NewTopic(topic, Optional.empty(), Optional.empty())
                        .configs(
                                Map.of(
                                        TopicConfig.CLEANUP_POLICY_CONFIG,
                                        TopicConfig.CLEANUP_POLICY_COMPACT));
        try {
            admin.createTopics(List.of(compacted)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) { // another subtask was faster
                throw e;
            }
        }
    }
}
