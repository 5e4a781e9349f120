package io.sidestream.bench.pipeline;

import io.sidestream.codebook.Codebook;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.local.stack.Broker;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.schema.Topics.CleanUp;
import io.sidestream.schema.Topics.Topic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.Producer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures the indexing job beside what it is built from. All pipelines read one topic of one
 * broker, which has a process of its own, and take turns: whatever else the machine does, it does
 * to all of them. What is read comes from the page cache.
 */
@Command(
        name = "pipeline-benchmark",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Items per second of the indexing job beside what it is built from.")
public final class PipelineBenchmark implements Callable<Integer> {

    private static final String VERSION = "benchmark";
    private static final double GOAL = 0.5;
    private static final double WATCHING_GOAL = 0.9;
    private static final double TWO_VERSIONS_GOAL = 0.55;

    @Option(names = "--records", description = "Embeddings in the topic.")
    private int records = 400_000;

    @Option(names = "--dimension", description = "Of the embeddings.")
    private int dimension = 256;

    @Option(names = "--layers", description = "Of the codebook.")
    private int layers = 3;

    @Option(names = "--codewords", description = "Of every layer.")
    private int codewords = 256;

    @Option(names = "--partitions", description = "Of the topic.")
    private int partitions = 4;

    @Option(names = "--parallelism", description = "Of the Flink jobs.")
    private int parallelism = 2;

    @Option(names = "--rounds", description = "Measured rounds, after one that is not.")
    private int rounds = 3;

    private PipelineBenchmark() {}

    public static void main(String[] args) {
        LogFile.useTemporary();
        System.exit(new CommandLine(new PipelineBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        System.out.printf(
                "%,d embeddings of dimension %d in %d partitions; %d layers of %d codewords;"
                        + " parallelism %d, %d processors, Java %s%nLog: %s%n",
                records,
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
            Workload workload = new Workload(records, dimension, layers, codewords);
            Codebook codebook = workload.codebook(VERSION);
            fill(kafka, workload);
            List<Pipeline> pipelines =
                    List.of(
                            new PlainConsumer(kafka, records),
                            new DecodeOnly(kafka, parallelism, records, data.root()),
                            new OneUpdate(kafka, parallelism, records, data.root()),
                            wholeJob(kafka, codebook, WholeJob.Kind.AS_IT_IS, data),
                            wholeJob(kafka, codebook, WholeJob.Kind.UNWATCHED, data),
                            wholeJob(kafka, codebook, WholeJob.Kind.TWO_VERSIONS, data));
            report(measure(pipelines));
            System.out.printf(
                    "%nThe quantizer alone, %s, one thread: %.2f us an item%n",
                    codebook.quantizer().kernel(),
                    1e6
                            * workload.secondsToQuantize(
                                    codebook, AssignOptions.BUNDLE_SIZE.defaultValue()));
        }
        return 0;
    }

    private WholeJob wholeJob(
            Connection kafka, Codebook codebook, WholeJob.Kind kind, DataDirectory data) {
        return new WholeJob(kafka, parallelism, records, codebook, kind, data.root());
    }

    private void fill(Connection kafka, Workload workload) throws InterruptedException {
        String topic = kafka.topics().itemEmbeddings();
        try (TopicAdmin admin = TopicAdmin.connect(kafka)) {
            admin.create(
                    List.of(new Topic(topic, CleanUp.DELETE)),
                    partitions,
                    TopicAdmin.BROKERS_REPLICATION);
        }
        Map<String, String> batches = Map.of("batch.size", "262144", "linger.ms", "20");
        try (Producer<byte[], byte[]> producer = kafka.producer(batches)) {
            workload.writeTo(producer, topic);
        }
    }

    private Map<Pipeline, List<Measurement>> measure(List<Pipeline> pipelines) throws Exception {
        Map<Pipeline, List<Measurement>> measurements = new LinkedHashMap<>();
        for (int round = 0; round <= rounds; round++) {
            for (Pipeline pipeline : pipelines) {
                Measurement measurement = pipeline.run(round);
                System.out.printf(
                        "%s %-58s %,9.0f items/s%n",
                        round == 0 ? "warm-up" : "round " + round,
                        pipeline.title(),
                        records / measurement.seconds());
                if (round > 0) {
                    measurements
                            .computeIfAbsent(pipeline, key -> new ArrayList<>())
                            .add(measurement);
                }
            }
        }
        return measurements;
    }

    private void report(Map<Pipeline, List<Measurement>> measurements) {
        System.out.printf("%n%-58s %9s%n", "Median of " + rounds, "items/s");
        List<Measurement> medians = new ArrayList<>();
        measurements.forEach(
                (pipeline, all) -> {
                    Measurement median =
                            all.stream()
                                    .sorted(Comparator.comparingDouble(Measurement::seconds))
                                    .toList()
                                    .get(all.size() / 2);
                    medians.add(median);
                    System.out.printf(
                            "%-58s %,9.0f%n", pipeline.title(), records / median.seconds());
                });
        double leastRatio = medians.get(2).seconds() / medians.get(3).seconds();
        double watchRatio = medians.get(4).seconds() / medians.get(3).seconds();
        double twoVersionsRatio = medians.get(3).seconds() / medians.get(5).seconds();
        System.out.printf(
                "The indexing job runs at %.2f of the rate of (c); to aim for: %.1f%n"
                        + "and at %.2f of the rate of (e), that is, without watching; to aim for:"
                        + " %.1f%n"
                        + "With two versions live, (f), it runs at %.2f of the rate with one, (d);"
                        + " at least: %.2f%n",
                leastRatio, GOAL, watchRatio, WATCHING_GOAL, twoVersionsRatio, TWO_VERSIONS_GOAL);
        reportCpu(measurements);
    }

    /** Where the time goes: microseconds of processor time an item, mean of the rounds. */
    private void reportCpu(Map<Pipeline, List<Measurement>> measurements) {
        TreeSet<String> uses =
                measurements.values().stream()
                        .flatMap(List::stream)
                        .flatMap(measurement -> measurement.cpuSeconds().keySet().stream())
                        .collect(Collectors.toCollection(TreeSet::new));
        System.out.printf("%n%-58s", "Processor time, us an item");
        measurements.keySet().forEach(p -> System.out.printf(" %7s", p.title().substring(0, 3)));
        System.out.println();
        for (String use : uses) {
            System.out.printf("%-58s", use);
            measurements.values().forEach(all -> System.out.print(cell(mean(all, use))));
            System.out.println();
        }
        System.out.printf("%-58s", "total");
        measurements
                .values()
                .forEach(
                        all ->
                                System.out.print(
                                        cell(uses.stream().mapToDouble(u -> mean(all, u)).sum())));
        System.out.println();
    }

    private double mean(List<Measurement> all, String use) {
        return 1e6
                / records
                * all.stream()
                        .mapToDouble(m -> m.cpuSeconds().getOrDefault(use, 0.0))
                        .average()
                        .orElseThrow();
    }

    private static String cell(double micros) {
        return micros < 0.005 ? "       ·" : " %7.2f".formatted(micros);
    }
}
