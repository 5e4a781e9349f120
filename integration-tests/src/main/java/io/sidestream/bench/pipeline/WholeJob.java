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
import io.sidestream.schema.Topics;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

    /** How it is run. */
    enum Kind {
        AS_IT_IS("(d) the indexing job", 1, true),
        UNWATCHED("(e) the indexing job without watching", 1, false),
        TWO_VERSIONS("(f) the indexing job, two versions live", 2, true);

        private final String title;
        private final int versions;
        private final boolean watching;

        /**
         * @param versions how many codebook versions are live
         * @param watching whether tokens and paths are counted and reported
         */
        Kind(String title, int versions, boolean watching) {
            this.title = title;
            this.versions = versions;
            this.watching = watching;
        }
    }

    private final Connection kafka;
    private final int parallelism;
    private final int records;
    private final Codebook codebook;
    private final Kind kind;
    private final Path directory;

    WholeJob(
            Connection kafka,
            int parallelism,
            int records,
            Codebook codebook,
            Kind kind,
            Path directory) {
        this.kafka = kafka;
        this.parallelism = parallelism;
        this.records = records;
        this.codebook = codebook;
        this.kind = kind;
        this.directory = directory;
    }

    @Override
    public String title() {
        return kind.title;
    }

    @Override
    public Measurement run(int round) throws Exception {
        List<CodebookManifest> manifests = new ArrayList<>();
        for (int number = 1; number <= kind.versions; number++) {
            String version =
                    "%s-%d-%d".formatted(kind.name().toLowerCase(Locale.ROOT), round, number);
            manifests.add(
                    new CodebookStore(directory.resolve("codebooks").toUri())
                            .put(
                                    codebook.withVersion(version),
                                    CodebookStatus.ACTIVE,
                                    Instant.now()));
        }
        Topics topics = kafka.topics();
        try (Output internal =
                        Output.create(
                                kafka,
                                topics.codebooks(),
                                topics.remaps(),
                                topics.assignments(),
                                topics.progress(),
                                topics.hourglass());
                Output updates =
                        Output.create(
                                kafka,
                                manifests.stream()
                                        .map(manifest -> topics.updates(manifest.getVersion()))
                                        .toArray(String[]::new));
                Cluster cluster = Cluster.start(parallelism, directory)) {
            Configuration configuration = cluster.configuration();
            configuration.set(KafkaOptions.BOOTSTRAP, kafka.bootstrap());
            configuration.set(KafkaOptions.TRANSACTIONAL_ID_PREFIX, manifests.get(0).getVersion());
            configuration.set(CombineOptions.ENABLED, kind.watching);
            StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
            IndexingJob.onKafka(env, configuration);
            cluster.submit(env);
            cluster.awaitRunning();
            CpuTimes cpu = CpuTimes.now();
            long begin = System.nanoTime();
            publish(manifests);
            return Commit.await(cluster, updates, (long) records * kind.versions, begin, cpu);
        }
    }

    private void publish(List<CodebookManifest> manifests) {
        try (Producer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            for (CodebookManifest manifest : manifests) {
                producer.send(
                        new ProducerRecord<>(
                                kafka.topics().codebooks(),
                                manifest.getVersion().getBytes(UTF_8),
                                SingleObjectFormat.of(CodebookManifest.class).encode(manifest)));
            }
        }
    }
}
