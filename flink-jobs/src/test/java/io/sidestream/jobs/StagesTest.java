package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

class StagesTest {

    /** State in checkpoints and savepoints is found by these: changing one loses it. */
    @Test
    void keepTheUidsThatStateIsFoundBy() {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.createLocalEnvironment(1, IndexingJob.recommended());
        IndexingJob.onKafka(env, new Configuration());

        TreeSet<String> uids = new TreeSet<>();
        for (StreamNode node : env.getStreamGraph().getStreamNodes()) {
            assertThat(node.getTransformationUID()).as(node.getOperatorName()).isNotNull();
            assertThat(uids.add(node.getTransformationUID())).as(node.getOperatorName()).isTrue();
        }
        assertThat(uids)
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
