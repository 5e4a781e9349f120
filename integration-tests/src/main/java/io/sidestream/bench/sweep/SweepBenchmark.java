package io.sidestream.bench.sweep;

import io.sidestream.bench.Cluster;
import io.sidestream.codebook.Codebook;
import io.sidestream.jobs.IndexingJob;
import io.sidestream.jobs.IndexingOptions;
import io.sidestream.jobs.IndexingSinks;
import io.sidestream.jobs.IndexingSources;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.watch.RemapOptions;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.RemapPolicyKind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Fills the indexing job with items, then lets remap plans sweep them: without live traffic, with
 * little of it, whose latency shows every pause, and with as much as the job takes, which shows
 * what is left of its throughput. At last the codebook version retires, and all is erased. The
 * graph is the real one, every stage with its state; only its ends are in memory.
 */
@Command(
        name = "sweep-benchmark",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "How fast plans, and the end of a version, reach the items in the index.")
public final class SweepBenchmark implements Callable<Integer> {

    private static final String VERSION = "benchmark";
    private static final int DIMENSION = 8;
    private static final int LAYERS = 3;
    private static final int CODEWORDS = 256;

    @Option(names = "--items", description = "In the index.")
    private int items = 5_000_000;

    @Option(names = "--parallelism", description = "Of the job.")
    private int parallelism = 1;

    @Option(names = "--rate", description = "Embeddings a second where there are few.")
    private int rate = 1_000;

    @Option(names = "--checkpoint-interval", description = "In seconds.")
    private int checkpointInterval = 2;

    @Option(names = "--managed-memory", description = "For RocksDB, in MiB.")
    private int managedMemory = 1_024;

    @Option(
            names = "--without-moves",
            description = "Leaves out the plans that move items, which take longest.")
    private boolean withoutMoves;

    private SweepBenchmark() {}

    public static void main(String[] args) {
        LogFile.useTemporary();
        System.exit(new CommandLine(new SweepBenchmark()).execute(args));
    }

    /** What is sent while a plan sweeps. */
    private enum Live {
        NONE,
        FEW,
        FULL
    }

    /** A plan and what is sent meanwhile. */
    private record Run(RemapPolicyKind policy, int layer, double parameter, Live live) {

        String title() {
            return "%s%s, layer %d"
                    .formatted(
                            policy.toString().toLowerCase(Locale.ROOT).replace('_', '-'),
                            policy == RemapPolicyKind.TOP_P ? "=" + parameter : "",
                            layer);
        }
    }

    @Override
    public Integer call() throws Exception {
        System.out.printf(
                "%,d items, parallelism %d, %d processors, Java %s; a checkpoint every %d s, %,d"
                        + " MiB for RocksDB%nLog: %s%n",
                items,
                parallelism,
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                checkpointInterval,
                managedMemory,
                LogFile.path());
        RemapLoop remaps = new RemapLoop(VERSION);
        try (DataDirectory data = DataDirectory.temporary();
                Cluster cluster = Cluster.start(parallelism, data.root(), settings())) {
            StreamExecutionEnvironment env =
                    new StreamExecutionEnvironment(cluster.configuration());
            IndexingJob.define(
                    env,
                    new IndexingSources(
                            new FeedSource(new CodebookFeed()),
                            new FeedSource(remaps),
                            new FeedSource(new Traffic(items, DIMENSION)),
                            new FeedSource((subtask, subtasks) -> () -> null)),
                    new IndexingSinks(new LiveMeter(), remaps, new Refusals()),
                    IndexingOptions.from(cluster.configuration()));
            cluster.submit(env);
            CodebookManifest manifest = put(data.root());
            CodebookFeed.publish(manifest);
            fill(cluster);
            measure(cluster, remaps);
            retire(cluster, manifest);
        }
        return 0;
    }

    private Configuration settings() {
        Configuration settings = new Configuration();
        settings.set(
                CheckpointingOptions.CHECKPOINTING_INTERVAL,
                Duration.ofSeconds(checkpointInterval));
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(managedMemory));
        settings.set(WatchOptions.INTERVAL, Duration.ofMillis(500));
        settings.set(CombineOptions.INTERVAL, Duration.ofMillis(50)); // the end is told so late
        settings.set(RemapOptions.MODE, "off");
        settings.set(SweepOptions.ITEMS_PER_SECOND, 0L);
        return settings;
    }

    private static CodebookManifest put(Path directory) throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        float[][] layers = new float[LAYERS][CODEWORDS * DIMENSION];
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int i = 0; i < layers[layer].length; i++) {
                layers[layer][i] = (float) random.nextDouble(-1, 1) / (1 << layer);
            }
        }
        return new CodebookStore(directory.resolve("codebooks").toUri())
                .put(
                        Codebook.of(VERSION, DIMENSION, false, layers, Map.of()),
                        CodebookStatus.ACTIVE,
                        Instant.now());
    }

    private void fill(Cluster cluster) throws Exception {
        long begin = System.nanoTime();
        cluster.await("the catalog", () -> LiveMeter.updates() >= items);
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf("Filled in %.0f s, %,.0f items/s%n", seconds, items / seconds);
        cluster.checkpoint();
    }

    private void measure(Cluster cluster, RemapLoop remaps) throws Exception {
        System.out.printf(
                "%n%-22s %-5s %10s %8s %11s %14s %9s %6s %9s %9s %s%n",
                "plan",
                "live",
                "moved",
                "seconds",
                "scanned/s",
                "per core-sec.",
                "live/s",
                "",
                "gap, ms",
                "late, ms",
                "checkpoints");
        withoutSweep(cluster, Live.FEW);
        double alone = withoutSweep(cluster, Live.FULL);
        RemapPolicyKind topP = RemapPolicyKind.TOP_P;
        RemapPolicyKind drop = RemapPolicyKind.DROP_LAYER;
        for (Live live : List.of(Live.NONE, Live.FEW, Live.FULL)) {
            sweep(cluster, remaps, new Run(topP, 2, 0, live), alone);
        }
        if (withoutMoves) {
            return;
        }
        sweep(cluster, remaps, new Run(topP, 2, 0.85, Live.NONE), alone);
        sweep(cluster, remaps, new Run(topP, 2, 0, Live.FEW), alone); // and back
        sweep(cluster, remaps, new Run(topP, 2, 0.85, Live.FULL), alone);
        sweep(cluster, remaps, new Run(drop, 1, 0, Live.NONE), alone);
        sweep(cluster, remaps, new Run(drop, 2, 0, Live.FEW), alone);
        sweep(cluster, remaps, new Run(drop, 3, 0, Live.FULL), alone);
    }

    /** How the live stream does when nothing else happens: updates a second. */
    private double withoutSweep(Cluster cluster, Live traffic) throws Exception {
        warmUp(traffic);
        LiveMeter.Window window = LiveMeter.begin();
        long begin = System.currentTimeMillis();
        TimeUnit.SECONDS.sleep(10);
        LiveMeter.Window.Live live = window.live();
        System.out.printf(
                "%-22s %-5s %10s %8s %11s %14s %,9.0f %6s %9.0f %9d %s%n",
                "(no sweep)",
                traffic.toString().toLowerCase(Locale.ROOT),
                "",
                "10.0",
                "",
                "",
                live.perSecond(),
                "",
                live.gapMillis(),
                live.latencyMillis(),
                checkpoints(cluster, begin, System.currentTimeMillis()));
        quiet();
        return live.perSecond();
    }

    private void sweep(Cluster cluster, RemapLoop remaps, Run run, double alone) throws Exception {
        warmUp(run.live());
        remaps.apply(run.policy(), run.layer(), run.parameter());
        cluster.await(
                run.title(), () -> RemapLoop.sweep() != null && RemapLoop.sweep().result() != null);
        RemapLoop.Result result = RemapLoop.sweep().result();
        boolean live = run.live() != Live.NONE;
        System.out.printf(
                "%-22s %-5s %,10d %8.1f %,11.0f %,14.0f %9s %6s %9s %9s %s%n",
                run.title(),
                run.live().toString().toLowerCase(Locale.ROOT),
                result.moved(),
                result.seconds(),
                items / result.seconds(),
                items / result.cpuSeconds(),
                live ? "%,.0f".formatted(result.live().perSecond()) : "",
                run.live() == Live.FULL ? "%.2f".formatted(result.live().perSecond() / alone) : "",
                live ? "%.0f".formatted(result.live().gapMillis()) : "",
                live ? Long.toString(result.live().latencyMillis()) : "",
                checkpoints(cluster, result.beginMillis(), result.endMillis()));
        quiet();
    }

    /** Takes everything out again. No item has a version then, so that none is sent meanwhile. */
    private void retire(Cluster cluster, CodebookManifest manifest) throws Exception {
        long begin = System.currentTimeMillis();
        CodebookFeed.publish(
                CodebookManifest.newBuilder(manifest).setStatus(CodebookStatus.RETIRED).build());
        cluster.await("nothing of the version to be left", () -> CodebookFeed.result() != null);
        CodebookFeed.Result result = CodebookFeed.result();
        System.out.printf(
                "%-22s %-5s %,10d %8.1f %,11.0f %,14.0f %9s %6s %9s %9s %s%n",
                "(retirement)",
                Live.NONE.toString().toLowerCase(Locale.ROOT),
                result.items(),
                result.seconds(),
                items / result.seconds(),
                items / result.cpuSeconds(),
                "",
                "",
                "",
                "",
                checkpoints(cluster, begin, System.currentTimeMillis()));
    }

    private void warmUp(Live live) throws InterruptedException {
        Traffic.setRate(
                switch (live) {
                    case NONE -> 0;
                    case FEW -> rate;
                    case FULL -> Traffic.UNLIMITED;
                });
        TimeUnit.SECONDS.sleep(live == Live.NONE ? 0 : 3);
    }

    /** Ends the traffic, and lets what is on its way come to its end. */
    private static void quiet() throws InterruptedException {
        Traffic.setRate(0);
        TimeUnit.SECONDS.sleep(3);
    }

    private static String checkpoints(Cluster cluster, long from, long to) throws Exception {
        List<Long> millis = cluster.checkpointsBetween(from, to);
        return millis.isEmpty()
                ? "0"
                : "%d, %,d to %,d ms"
                        .formatted(
                                millis.size(),
                                millis.stream().min(Long::compare).orElseThrow(),
                                millis.stream().max(Long::compare).orElseThrow());
    }

    /** Nothing is wrong with what is sent. */
    private static final class Refusals implements Sink<DeadLetter> {

        private static final long serialVersionUID = 1L;

        @Override
        public SinkWriter<DeadLetter> createWriter(WriterInitContext context) {
            return new SinkWriter<>() {
                @Override
                public void write(DeadLetter letter, Context ignored) {
                    throw new IllegalStateException(letter.toString());
                }

                @Override
                public void flush(boolean endOfInput) {}

                @Override
                public void close() {}
            };
        }
    }
}
