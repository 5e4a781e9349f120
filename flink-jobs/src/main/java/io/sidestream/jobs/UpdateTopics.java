package io.sidestream.jobs;

import io.sidestream.operators.assign.OutputTopics;
import io.sidestream.schema.Quote;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The output topics of codebook versions. Anyone may publish a version, under a name whose topic
 * Kafka refuses or the job may not write to; a producer that faces such a topic stops the job. So a
 * version is not used before its topic has been created and found to be writable.
 */
final class UpdateTopics implements OutputTopics {

    private static final long serialVersionUID = 1L;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final KafkaOptions kafka;

    UpdateTopics(KafkaOptions kafka) {
        this.kafka = kafka;
    }

    /** Creates the topic if it is missing: compacted, otherwise with the broker's defaults. */
    @Override
    public void require(String codebookVersion) throws IOException, InterruptedException {
        String topic = kafka.topics().updates(codebookVersion);
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            if (!admin.listTopics().names().get().contains(topic)) {
                create(admin, topic);
            }
            NewTopics.awaitLeaders(admin, List.of(topic), PATIENCE); // it may be another subtask's
            requireWritable(admin, topic);
        } catch (ExecutionException e) {
            throw failure(topic, e.getCause());
        } catch (KafkaException e) {
            throw failure(topic, e);
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

    private static void requireWritable(Admin admin, String topic)
            throws InterruptedException, ExecutionException, IOException {
        Set<AclOperation> allowed =
                admin.describeTopics(
                                List.of(topic),
                                new DescribeTopicsOptions().includeAuthorizedOperations(true))
                        .topicNameValues()
                        .get(topic)
                        .get()
                        .authorizedOperations();
        if (allowed != null && !allowed.isEmpty() && !allowed.contains(AclOperation.WRITE)) {
            throw new IOException(
                    "The job may not write to the topic %s; grant it WRITE there".formatted(topic));
        }
    }

    private static IOException failure(String topic, Throwable cause) {
        return new IOException(
                "The topic %s cannot be used: %s; create it by hand, with cleanup.policy=compact, or publish the version under another name"
                        .formatted(topic, Quote.excerpt(RootCause.of(cause).getMessage())),
                cause);
    }
}
