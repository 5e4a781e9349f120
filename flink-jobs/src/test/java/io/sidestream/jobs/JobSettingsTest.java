package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class JobSettingsTest {

    private static final ConfigOption<Duration> INTERVAL =
            CheckpointingOptions.CHECKPOINTING_INTERVAL;

    private final Configuration recommended = new Configuration();
    private final Configuration cluster = new Configuration();

    @Test
    void takesTheClustersBeforeWhatIsRecommendedAndArgumentsBeforeBoth() {
        recommended.set(INTERVAL, Duration.ofSeconds(1));
        assertThat(settle().get(INTERVAL)).isEqualTo(Duration.ofSeconds(1));

        cluster.set(INTERVAL, Duration.ofSeconds(2));
        assertThat(settle().get(INTERVAL)).isEqualTo(Duration.ofSeconds(2));

        assertThat(settle("--" + INTERVAL.key(), "3 s").get(INTERVAL))
                .isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void putsThemIntoTheEnvironment() {
        recommended.set(INTERVAL, Duration.ofSeconds(1));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(cluster);

        JobSettings.settle(
                env,
                recommended,
                "--" + CoreOptions.DEFAULT_PARALLELISM.key(),
                "7",
                "--" + KafkaOptions.BOOTSTRAP.key(),
                "elsewhere:1");

        assertThat(env.getCheckpointInterval()).isEqualTo(1_000);
        assertThat(env.getParallelism()).isEqualTo(7);
    }

    @Test
    void keepsTheParallelismThatTheJobIsSubmittedWith() {
        cluster.set(CoreOptions.DEFAULT_PARALLELISM, 5); // as flink run -p 5 does
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(cluster);

        JobSettings.settle(env, IndexingJob.recommended());

        assertThat(env.getParallelism()).isEqualTo(5);
    }

    @Test
    void letsNobodyChangeWhatTheJobReliesOn() {
        cluster.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
        cluster.set(
                CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
                CheckpointingMode.AT_LEAST_ONCE);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(cluster);

        Configuration settings =
                JobSettings.settle(
                        env,
                        IndexingJob.recommended(),
                        "--" + CheckpointingOptions.ENABLE_UNALIGNED.key(),
                        "true",
                        "--" + CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key(),
                        "AT_LEAST_ONCE");
        IndexingJob.onKafka(env, settings);

        assertThat(env.getCheckpointConfig().getCheckpointingConsistencyMode())
                .isEqualTo(CheckpointingMode.EXACTLY_ONCE);
        assertThat(env.getCheckpointConfig().isUnalignedCheckpointsEnabled()).isFalse();
    }

    @Test
    void refusesUnknownOptionsWhereverTheyStand() {
        assertThatThrownBy(() -> settle("--sidestream.kafka.bootsrap", "x:1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.kafka.bootsrap");
        assertThatThrownBy(() -> settle("--bootstrap", "x:1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--bootstrap");
        cluster.setString("sidestream.nothing", "1");
        assertThatThrownBy(this::settle)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.nothing");
    }

    private Configuration settle(String... args) {
        return JobSettings.settle(
                StreamExecutionEnvironment.createLocalEnvironment(cluster), recommended, args);
    }
}
