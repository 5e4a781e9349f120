package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.lineage.LineageDataset;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.junit.jupiter.api.Test;

class LineageTest {

    @Test
    void knowsTheTopicsThatTheJobReads() {
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.createLocalEnvironment(1, IndexingJob.recommended());

        IndexingJob.onKafka(env, new Configuration());

        assertThat(env.getStreamGraph(false).getLineageGraph().sources())
                .flatExtracting(LineageVertex::datasets)
                .extracting(LineageDataset::name)
                .contains("item-embeddings", "sid-assignments", "sid-codebooks", "sid-remaps");
    }
}
