package io.sidestream.bench.quantize;

import io.sidestream.quantize.ResidualQuantizer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Items quantized in a second, on one thread, in bundles of {@link #BUNDLE}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class QuantizerBenchmark {
    private static final int BUNDLE = 256;

    @Param({"64", "256", "768"})
    int dimension;

    @Param({"64", "256", "1024"})
    int layerSize;

    @Param("3")
    int layers;

    @Param({"vector", "scalar"})
    String kernel;

    private Workload workload;
    private ResidualQuantizer.Worker worker;
    private int[] codes;

    /** Builds the codebook and the bundle. */
    @Setup
    public void prepare() {
        workload = new Workload(dimension, layerSize, layers, BUNDLE);
        ResidualQuantizer quantizer =
                kernel.equals("scalar") ? workload.scalar() : workload.fastest();
        if (!quantizer.kernel().startsWith(kernel)) {
            throw new IllegalStateException(
                    "asked for the " + kernel + " kernel, but got " + quantizer.kernel());
        }
        worker = quantizer.worker();
        codes = new int[BUNDLE * layers];
    }

    @Benchmark
    @OperationsPerInvocation(BUNDLE)
    public int[] quantize() {
        worker.quantize(workload.embeddings, BUNDLE, codes);
        return codes;
    }
}
