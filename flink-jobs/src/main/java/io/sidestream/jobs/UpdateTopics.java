package io.sidestream.jobs;

import io.sidestream.schema.Topics;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Makes sure that the output topic of a codebook version exists before the first update is written
 * to it: a version may be published by anyone, and a producer facing a missing topic stops the job.
 */
final class UpdateTopics {

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
            if (admin.listTopics().names().get().contains(topic)) {
                return;
            }
            NewTopic compacted =
                    new NewTopic(topic, Optional.empty(), Optional.empty())
                            .configs(
                                    Map.of(
                                            TopicConfig.CLEANUP_POLICY_CONFIG,
                                            TopicConfig.CLEANUP_POLICY_COMPACT));
            admin.createTopics(List.of(compacted)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause()
                    instanceof TopicExistsException)) { // else another subtask was faster
                throw new IllegalStateException(
                        "Cannot make the topic %s: %s; make it by hand, with cleanup.policy=compact"
                                .formatted(topic, e.getCause().getMessage()),
                        e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while making the topic " + topic, e);
        }
    }
}
