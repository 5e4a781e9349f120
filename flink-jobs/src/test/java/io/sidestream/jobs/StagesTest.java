package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class StagesTest {

    /** State in checkpoints and savepoints is found by these: changing one loses it. */
    @Test
    void keepTheUidsThatStateIsFoundBy() {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.createLocalEnvironment(1, IndexingJob.recommended());
        IndexingJob.onKafka(env, new Configuration());

        assertThat(uids(env))
                .containsExactlyInAnyOrder(
                        "codebooks-source",
                        "decode-manifest",
                        "remaps-source",
                        "decode-remap",
                        "control-codebooks",
                        "control-remaps",
                        "items-source",
                        "decode",
                        "assign",
                        "loaded-versions",
                        "assignments-source",
                        "decode-assignment",
                        "index",
                        "resolve",
                        "publish",
                        "watch",
                        "updates-sink",
                        "Sink Committer: updates-sink",
                        "announcements-sink",
                        "Sink Committer: announcements-sink",
                        "dead-letters-sink",
                        "Sink Committer: dead-letters-sink");
    }

    @Test
    void nameTheOperatorsOfABackfillLikewise() {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.createLocalEnvironment(1, BackfillJob.recommended());
        KafkaEndpoints kafka = new KafkaEndpoints(KafkaOptions.from(new Configuration()));
        TopicPartition partition = new TopicPartition("item-embeddings", 0);
        BackfillJob.define(
                env,
                kafka.items(Stretch.between(Map.of(), Map.of(partition, 9L)), "a-group"),
                kafka.backfillSinks(),
                CodebookManifest.newBuilder()
                        .setVersion("v1")
                        .setUri("file:///codebooks/v1")
                        .setSha256("0".repeat(64))
                        .setDimension(2)
                        .setLayerSizes(List.of(4))
                        .setNormalize(false)
                        .setStatus(CodebookStatus.SHADOW)
                        .setPublishedAt(Instant.EPOCH)
                        .build(),
                Map.of(),
                new BackfillOptions("v1", 10, Duration.ZERO, false),
                DecodeOptions.from(new Configuration()),
                AssignOptions.from(new Configuration()),
                StoreOptions.from(new Configuration()));

        assertThat(uids(env))
                .containsExactlyInAnyOrder(
                        "items-source",
                        "decode",
                        "assign-again",
                        "assignments-sink",
                        "Sink Committer: assignments-sink",
                        "dead-letters-sink",
                        "Sink Committer: dead-letters-sink");
    }

    private static Set<String> uids(StreamExecutionEnvironment env) {
        Set<String> uids = new TreeSet<>();
        for (StreamNode node : env.getStreamGraph().getStreamNodes()) {
            assertThat(node.getTransformationUID()).as(node.getOperatorName()).isNotNull();
            assertThat(uids.add(node.getTransformationUID())).as(node.getOperatorName()).isTrue();
        }
        return uids;
    }

    @Test
    void leaveNothingToKryoOrToGeneratedUidsWhateverTheRunnerSays() {
        Configuration config = IndexingJob.recommended();
        config.set(PipelineOptions.GENERIC_TYPES, true);
        config.set(PipelineOptions.AUTO_GENERATE_UIDS, true);
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.createLocalEnvironment(1, config);

        IndexingJob.onKafka(env, new Configuration());

        assertThat(env.getConfiguration().get(PipelineOptions.GENERIC_TYPES)).isFalse();
        assertThat(env.getConfiguration().get(PipelineOptions.AUTO_GENERATE_UIDS)).isFalse();
    }
}
