package io.sidestream.bench.quantize;

import io.sidestream.quantize.ResidualQuantizer;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Prints how the quantizer's arithmetic rate compares with OpenBLAS, on one thread. OpenBLAS does
 * only the products of items and codewords, as many as the quantizer does; not the norms, the
 * choice of the codeword, or the residuals. It also may add in any order, which the quantizer may
 * not.
 *
 * <p>Machines are not quiet: so the contenders take turns, seconds are those of the thread's own
 * processor time, and medians are printed.
 *
 * <p>Usage: {@code QuantizerComparison [DIMENSIONxLAYER_SIZE ...]}
 */
public final class QuantizerComparison {
    private static final int LAYERS = 3;
    private static final int BUNDLE = 256;
    private static final int SCALAR_BUNDLE = 32;
    private static final int ROUNDS = 9;
    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final long TURN_NANOS = 100_000_000L;
    private static final String[] SHAPES = {
        "64x64", "100x256", "256x256", "384x256", "768x1024", "1024x8192"
    };

    private QuantizerComparison() {}

    public static void main(String[] args) {
        openblas_nolapack.blas_set_num_threads(1);
        System.out.printf(
                "JDK %s, %s; %d layers, bundles of %d items, one thread, medians of %d rounds%n",
                Runtime.version(),
                new Workload(1, 1, 1, 1).fastest().kernel(),
                LAYERS,
                BUNDLE,
                ROUNDS);
        System.out.printf(
                "%10s  %12s %9s  %12s %9s  %12s %9s  %s%n",
                "d x K", "vector", "", "OpenBLAS", "", "scalar", "", "vector/OpenBLAS");
        System.out.printf(
                "%10s  %12s %9s  %12s %9s  %12s %9s%n",
                "", "items/s", "GFLOP/s", "items/s", "GFLOP/s", "items/s", "GFLOP/s");
        for (String shape : args.length > 0 ? args : SHAPES) {
            String[] sizes = shape.split("x", -1);
            compare(shape, Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]));
        }
    }

    private static void compare(String shape, int dimension, int layerSize) {
        Workload workload = new Workload(dimension, layerSize, LAYERS, BUNDLE);
        ResidualQuantizer.Worker vector = workload.fastest().worker();
        ResidualQuantizer.Worker scalar = workload.scalar().worker();
        int[] codes = new int[BUNDLE * LAYERS];
        int[] scalarCodes = new int[SCALAR_BUNDLE * LAYERS];
        try (Products products = new Products(workload, layerSize)) {
            double[] rates =
                    medianRates(
                            List.of(
                                    new Contender(
                                            BUNDLE,
                                            () ->
                                                    vector.quantize(
                                                            workload.embeddings, BUNDLE, codes)),
                                    new Contender(BUNDLE, products),
                                    new Contender(
                                            SCALAR_BUNDLE,
                                            () ->
                                                    scalar.quantize(
                                                            workload.embeddings,
                                                            SCALAR_BUNDLE,
                                                            scalarCodes))));
            if (!Arrays.equals(codes, 0, scalarCodes.length, scalarCodes, 0, scalarCodes.length)) {
                throw new IllegalStateException("the kernels disagree at " + shape);
            }
            double gigaflops = 2e-9 * LAYERS * dimension * layerSize;
            System.out.printf(
                    "%10s  %,12.0f %9.1f  %,12.0f %9.1f  %,12.0f %9.1f  %.2f%n",
                    shape,
                    rates[0],
                    rates[0] * gigaflops,
                    rates[1],
                    rates[1] * gigaflops,
                    rates[2],
                    rates[2] * gigaflops,
                    rates[0] / rates[1]);
        }
    }

    /** What takes a turn, and how many items it does each time. */
    private record Contender(int items, Runnable work) {

        double itemsPerSecond(long nanos) {
            long start = processorNanos();
            long elapsed;
            long done = 0;
            do {
                work.run();
                done += items;
                elapsed = processorNanos() - start;
            } while (elapsed < nanos);
            return done * 1e9 / elapsed;
        }
    }

    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double[] medianRates(List<Contender> contenders) {
        for (Contender contender : contenders) {
            contender.itemsPerSecond(WARM_UP_NANOS);
        }
        double[][] rates = new double[contenders.size()][ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < rates.length; i++) {
                rates[i][round] = contenders.get(i).itemsPerSecond(TURN_NANOS);
            }
        }
        return Arrays.stream(rates).mapToDouble(QuantizerComparison::median).toArray();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The products of a bundle with every layer, by OpenBLAS, in native memory. */
    private static final class Products implements Runnable, AutoCloseable {
        private final int dimension;
        private final int layerSize;
        private final FloatPointer embeddings;
        private final FloatPointer[] layers;
        private final FloatPointer products;

        Products(Workload workload, int layerSize) {
            this.dimension = workload.dimension;
            this.layerSize = layerSize;
            embeddings = new FloatPointer(workload.embeddings);
            layers =
                    Arrays.stream(workload.layers)
                            .map(FloatPointer::new)
                            .toArray(FloatPointer[]::new);
            products = new FloatPointer((long) BUNDLE * layerSize);
        }

        @Override
        public void run() {
            for (FloatPointer layer : layers) {
                openblas.cblas_sgemm(
                        openblas.CblasRowMajor,
                        openblas.CblasNoTrans,
                        openblas.CblasTrans,
                        BUNDLE,
                        layerSize,
                        dimension,
                        1f,
                        embeddings,
                        dimension,
                        layer,
                        dimension,
                        0f,
                        products,
                        layerSize);
            }
        }

        @Override
        public void close() {
            embeddings.close();
            products.close();
            for (FloatPointer layer : layers) {
                layer.close();
            }
        }
    }
}
