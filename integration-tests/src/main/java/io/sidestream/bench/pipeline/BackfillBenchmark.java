package io.sidestream.bench.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.bench.Cluster;
import io.sidestream.codebook.Codebook;
import io.sidestream.jobs.BackfillJob;
import io.sidestream.jobs.BackfillOptions;
import io.sidestream.jobs.IndexingJob;
import io.sidestream.jobs.KafkaOptions;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ProgressLog;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.local.stack.Broker;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.RetirementProgress;
import io.sidestream.schema.SingleObjectFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Fills the indexing job with a catalog, then fills other codebook versions with it: once while
 * nothing else happens, once beside a live stream. Both jobs run in this process, the broker in one
 * of its own.
 */
@Command(
        name = "backfill-benchmark",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Items per second of a backfill, and what it leaves of a live stream.")
public final class BackfillBenchmark implements Callable<Integer> {

    private static final String ROW = "%-22s %12s %14s %14s%n";
    private static final Duration ALONE = Duration.ofSeconds(10);

    @Option(names = "--items", description = "In the catalog.")
    private int items = 400_000;

    @Option(names = "--dimension", description = "Of the embeddings.")
    private int dimension = 256;

    @Option(names = "--layers", description = "Of the codebooks.")
    private int layers = 3;

    @Option(names = "--codewords", description = "Of every layer.")
    private int codewords = 256;

    @Option(names = "--partitions", description = "Of the topics.")
    private int partitions = 4;

    @Option(names = "--parallelism", description = "Of both Flink jobs.")
    private int parallelism = 2;

    @Option(names = "--rate", description = "Embeddings a second of the live stream.")
    private int rate = 10_000;

    private BackfillBenchmark() {}

    public static void main(String[] args) {
        LogFile.useTemporary();
        System.exit(new CommandLine(new BackfillBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        System.out.printf(
                "%,d items of dimension %d in %d partitions; %d layers of %d codewords;"
                        + " parallelism %d, %d processors, Java %s%nLog: %s%n%n",
                items,
                dimension,
                partitions,
                layers,
                codewords,
                parallelism,
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                LogFile.path());
        try (DataDirectory data = DataDirectory.temporary();
                Broker broker = Broker.start(data, 0)) {
            Connection kafka = Connection.to(broker.bootstrap());
            Workload workload = new Workload(items, dimension, layers, codewords);
            Codebook codebook = workload.codebook("active");
            try (TopicAdmin admin = TopicAdmin.connect(kafka);
                    Producer<byte[], byte[]> producer =
                            kafka.producer(Map.of("batch.size", "262144", "linger.ms", "20"))) {
                admin.create(kafka.topics().fixed(), partitions, TopicAdmin.BROKERS_REPLICATION);
                workload.writeTo(producer, kafka.topics().itemEmbeddings());
                measure(kafka, workload, codebook, data.root());
            }
        }
        return 0;
    }

    private void measure(Connection kafka, Workload workload, Codebook codebook, Path directory)
            throws Exception {
        CodebookStore store = new CodebookStore(directory.resolve("codebooks").toUri());
        try (Output updates = Output.create(kafka, kafka.topics().updates(codebook.version()));
                Cluster cluster = Cluster.start(parallelism, directory)) {
            StreamExecutionEnvironment env =
                    new StreamExecutionEnvironment(settings(kafka, cluster.configuration()));
            IndexingJob.onKafka(env, env.getConfiguration());
            cluster.submit(env);
            publish(kafka, store, codebook, CodebookStatus.ACTIVE);
            cluster.await("the catalog", () -> updates.written() >= items);

            System.out.printf(ROW, "", "assigned/s", "till READY/s", "live updates/s");
            try (LiveStream live = LiveStream.start(kafka, workload, rate)) {
                long before = updates.written();
                TimeUnit.NANOSECONDS.sleep(ALONE.toNanos());
                System.out.printf(
                        ROW,
                        "live stream alone",
                        "",
                        "",
                        perSecond(updates.written() - before, ALONE.toNanos()));
            }
            backfill(kafka, store, codebook.withVersion("quiet"), updates, "backfill alone");
            try (LiveStream live = LiveStream.start(kafka, workload, rate)) {
                backfill(kafka, store, codebook.withVersion("busy"), updates, "both");
            }
        }
    }

    /** Publishes a version, fills it, and lets it go again. */
    private void backfill(
            Connection kafka, CodebookStore store, Codebook codebook, Output updates, String title)
            throws Exception {
        publish(kafka, store, codebook, CodebookStatus.SHADOW);
        Configuration configuration = settings(kafka, BackfillJob.recommended());
        configuration.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
        configuration.set(RestOptions.BIND_PORT, "0");
        configuration.set(BackfillOptions.VERSION, codebook.version());
        List<Step> steps = new ArrayList<>();
        BackfillJob.run(
                StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration),
                configuration,
                progress -> steps.add(new Step(progress, System.nanoTime(), updates.written())));
        Step begin = steps.get(0);
        Step assigned =
                steps.stream()
                        .filter(step -> step.progress.getPhase() != BackfillPhase.ASSIGNING)
                        .findFirst()
                        .orElseThrow();
        Step end = steps.get(steps.size() - 1);
        System.out.printf(
                ROW,
                title,
                perSecond(end.progress.getTotal(), assigned.nanos - begin.nanos),
                perSecond(end.progress.getTotal(), end.nanos - begin.nanos),
                perSecond(end.updates - begin.updates, end.nanos - begin.nanos));
        publish(kafka, store, codebook, CodebookStatus.RETIRED);
        awaitErased(kafka, codebook.version());
    }

    /**
     * What was known at some time.
     *
     * @param updates of the version that was there before
     */
    private record Step(BackfillProgress progress, long nanos, long updates) {}

    private static String perSecond(long count, long nanos) {
        return "%,.0f".formatted(count * 1e9 / nanos);
    }

    private static Configuration settings(Connection kafka, Configuration settings) {
        settings.set(KafkaOptions.BOOTSTRAP, kafka.bootstrap());
        settings.set(
                StoreOptions.ROOTS,
                List.of(Path.of(System.getProperty("java.io.tmpdir")).toUri().toString()));
        return settings;
    }

    private static void publish(
            Connection kafka, CodebookStore store, Codebook codebook, CodebookStatus status)
            throws Exception {
        CodebookManifest manifest = store.put(codebook, status, Instant.now());
        try (Producer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            producer.send(
                            new ProducerRecord<>(
                                    kafka.topics().codebooks(),
                                    manifest.getVersion().getBytes(UTF_8),
                                    SingleObjectFormat.of(CodebookManifest.class).encode(manifest)))
                    .get();
        }
    }

    private static void awaitErased(Connection kafka, String version) throws Exception {
        try (ProgressLog progress = ProgressLog.follow(kafka)) {
            RetirementProgress last;
            do {
                progress.poll(Duration.ofMillis(200));
                last = progress.of(version).retirementOrNull();
            } while (last == null || last.getProgress() < 1);
        }
    }
}
