package io.sidestream.bench.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.bench.Cluster;
import io.sidestream.bench.CpuTimes;
import io.sidestream.codebook.Codebook;
import io.sidestream.jobs.IndexingJob;
import io.sidestream.jobs.KafkaOptions;
import io.sidestream.local.kafka.Connection;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.SingleObjectFormat;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The indexing job as it is. It waits for a codebook with its input unread, so that the clock
 * starts when one is published; that the job loads it counts.
 */
final class WholeJob implements Pipeline {

    private final Connection kafka;
    private final int parallelism;
    private final int records;
    private final Codebook codebook;
    private final boolean watching;
    private final Path directory;

    /**
     * @param watching whether tokens and paths are counted and reported
     */
    WholeJob(
            Connection kafka,
            int parallelism,
            int records,
            Codebook codebook,
            boolean watching,
            Path directory) {
        this.kafka = kafka;
        this.parallelism = parallelism;
        this.records = records;
        this.codebook = codebook;
        this.watching = watching;
        this.directory = directory;
    }

    @Override
    public String title() {
        return watching ? "(d) the indexing job" : "(e) the indexing job without watching";
    }

    @Override
    public Measurement run(int round) throws Exception {
        String version = (watching ? "benchmark-" : "unwatched-") + round;
        CodebookManifest manifest =
                new CodebookStore(directory.resolve("codebooks").toUri())
                        .put(codebook.withVersion(version), CodebookStatus.ACTIVE, Instant.now());
        try (Output codebooks = Output.create(kafka, kafka.topics().codebooks());
                Output remaps = Output.create(kafka, kafka.topics().remaps());
                Output reports = Output.create(kafka, kafka.topics().hourglass());
                Output output = Output.create(kafka, kafka.topics().updates(version));
                Cluster cluster = Cluster.start(parallelism, directory)) {
            Configuration configuration = cluster.configuration();
            configuration.set(KafkaOptions.BOOTSTRAP, kafka.bootstrap());
            configuration.set(KafkaOptions.TRANSACTIONAL_ID_PREFIX, version);
            configuration.set(CombineOptions.ENABLED, watching);
            StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
            IndexingJob.onKafka(env, configuration);
            cluster.submit(env);
            cluster.awaitRunning();
            CpuTimes cpu = CpuTimes.now();
            long begin = System.nanoTime();
            publish(manifest);
            return Commit.await(cluster, output, records, begin, cpu);
        }
    }

    private void publish(CodebookManifest manifest) {
        try (Producer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            producer.send(
                    new ProducerRecord<>(
                            kafka.topics().codebooks(),
                            manifest.getVersion().getBytes(UTF_8),
                            SingleObjectFormat.of(CodebookManifest.class).encode(manifest)));
        }
    }
}
