package io.sidestream.quantize;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Greedy residual quantization: in every layer the nearest codeword is chosen and subtracted, and
 * the next layer quantizes what is left.
 *
 * <p>The arithmetic is fixed to the last bit, so that codes are the same on every machine, JDK and
 * SIMD width, and for every number of embeddings quantized together:
 *
 * <ol>
 *   <li>Where asked for, the embedding x is divided by its L2 norm: squares summed in double in
 *       index order, division in double, one rounding to float.
 *   <li>In a layer, the score of codeword k is {@code h_k - r.c_k} in float32: {@code acc = h_k},
 *       then {@code acc = fma(-r_t, c_kt, acc)} for t in index order, where {@code h_k} is half the
 *       squared norm of the codeword, summed in double and rounded once. The lowest score wins,
 *       among equals the lowest index.
 *   <li>{@code r_t = r_t - c_t} in float32.
 * </ol>
 *
 * <p>A quantizer is immutable and shared; each thread works through a {@link Worker} of its own.
 */
public final class ResidualQuantizer {
    private static final Logger LOG = LoggerFactory.getLogger(ResidualQuantizer.class);
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    /** The vector kernel counts codewords in float lanes, which are exact up to here. */
    private static final int MAX_LAYER_SIZE = 1 << 24;

    /** Half of what a float can hold leaves room for the rounding of every step of a score. */
    private static final double LARGEST_SCORE = Float.MAX_VALUE / 2;

    private final int dimension;
    private final int[] layerSizes;
    private final double[] longestNorms;
    private final boolean normalize;
    private final Kernel kernel;

    /** Keeps nothing of the layers but their sizes: the codewords are the kernel's. */
    private ResidualQuantizer(int dimension, Layer[] layers, boolean normalize, Kernel kernel) {
        this.dimension = dimension;
        this.layerSizes = Arrays.stream(layers).mapToInt(Layer::size).toArray();
        this.longestNorms = Arrays.stream(layers).mapToDouble(this::longestNorm).toArray();
        this.normalize = normalize;
        this.kernel = kernel;
    }

    /**
     * The fastest quantizer that this process can run: SIMD if it was started with {@code
     * --add-modules jdk.incubator.vector}, otherwise scalar with a warning in the log.
     *
     * @param dimension d, the length of an embedding
     * @param layers for each layer its codewords, K x d row-major; the sizes K may differ. The
     *     arrays must not be changed afterwards. A large layer is held once: either its array is
     *     kept, or a copy in the order that a kernel reads
     * @param normalize whether embeddings are scaled to unit length first
     * @throws IllegalArgumentException if a shape is impossible
     */
    public static ResidualQuantizer create(int dimension, float[][] layers, boolean normalize) {
        return of(dimension, layers, normalize, prepared -> fastestKernel(dimension, prepared));
    }

    /**
     * The scalar reference.
     *
     * @see #create the same parameters
     */
    public static ResidualQuantizer scalar(int dimension, float[][] layers, boolean normalize) {
        return of(dimension, layers, normalize, prepared -> new ScalarKernel(dimension, prepared));
    }

    /**
     * The norm of what a layer quantizes, up to which none of its scores can overflow: every
     * partial sum of {@code h - r.c} is at most {@code h + |r| |c|}.
     */
    private double longestNorm(Layer layer) {
        double longestHalf = 0;
        for (float half : layer.halfSquaredNorms()) {
            longestHalf = Math.max(longestHalf, half);
        }
        return (LARGEST_SCORE - longestHalf) / Math.sqrt(2 * longestHalf);
    }

    static ResidualQuantizer of(
            int dimension, float[][] layers, boolean normalize, Function<Layer[], Kernel> kernel) {
        Layer[] prepared = prepare(dimension, layers);
        return new ResidualQuantizer(dimension, prepared, normalize, kernel.apply(prepared));
    }

    private static Layer[] prepare(int dimension, float[][] layers) {
        if (dimension < 1) {
            throw new IllegalArgumentException("dimension must be positive, but is " + dimension);
        }
        if (layers.length == 0) {
            throw new IllegalArgumentException("a quantizer needs at least one layer");
        }
        for (int layer = 0; layer < layers.length; layer++) {
            int length = layers[layer].length;
            if (length == 0 || length % dimension != 0) {
                throw new IllegalArgumentException(
                        String.format(
                                "layer %d has %d values, which is not a whole positive number of"
                                        + " codewords of dimension %d",
                                layer + 1, length, dimension));
            }
            if (length / dimension > MAX_LAYER_SIZE) {
                throw new IllegalArgumentException(
                        String.format(
                                "layer %d has %d codewords, more than the %d supported",
                                layer + 1, length / dimension, MAX_LAYER_SIZE));
            }
        }
        return Arrays.stream(layers)
                .map(codewords -> new Layer(dimension, codewords))
                .toArray(Layer[]::new);
    }

    /** Names the vector kernel only where its classes can be linked. */
    private static Kernel fastestKernel(int dimension, Layer[] layers) {
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent()) {
            return new VectorKernel(dimension, layers);
        }
        if (WARNED.compareAndSet(false, true)) {
            LOG.warn(
                    "Quantizing without SIMD, many times slower than this machine can: start the"
                            + " JVM with --add-modules {}. The codes are the same.",
                    VECTOR_MODULE);
        }
        return new ScalarKernel(dimension, layers);
    }

    /** The length of an embedding. */
    public int dimension() {
        return dimension;
    }

    /** The number of layers. */
    public int layers() {
        return layerSizes.length;
    }

    /**
     * The number of codewords in a layer.
     *
     * @param layer 1-based
     */
    public int layerSize(int layer) {
        Objects.checkIndex(layer - 1, layerSizes.length);
        return layerSizes[layer - 1];
    }

    /** Whether embeddings are scaled to unit length before they are quantized. */
    public boolean normalize() {
        return normalize;
    }

    /** What runs: {@code scalar}, or {@code vector(512)} with the width of a vector in bits. */
    public String kernel() {
        return kernel.name();
    }

    /** A MiB or so of scratch for one thread; make it once and keep it. */
    public Worker worker() {
        return new Worker(this);
    }

    @Override
    public String toString() {
        return String.format(
                "ResidualQuantizer(%s, dimension %d, layers %s%s)",
                kernel.name(),
                dimension,
                Arrays.toString(layerSizes),
                normalize ? ", normalizing" : "");
    }

    /** Quantizes on one thread at a time. */
    public static final class Worker {
        private final ResidualQuantizer quantizer;
        private final ResidualBlock block;
        private final Kernel.Search search;
        private final int[] blockCodes;

        private Worker(ResidualQuantizer quantizer) {
            this.quantizer = quantizer;
            this.block = new ResidualBlock(quantizer.dimension, quantizer.kernel.rows());
            this.search = quantizer.kernel.newSearch(block);
            this.blockCodes = new int[block.capacity()];
        }

        /**
         * Quantizes embeddings. They must be finite, and not zero where they are normalized; each
         * row's codes depend on that row alone. (Rows that are not finite get the same meaningless
         * codes from every kernel.)
         *
         * @param embeddings at least n x d values, row-major; not modified
         * @param n the number of embeddings, possibly 0
         * @param codes receives n x L codes, row-major, each 0-based
         * @throws IllegalArgumentException if an array is too short, or a row is a zero vector that
         *     was to be normalized; in that case the contents of {@code codes} are unspecified
         */
        public void quantize(float[] embeddings, int n, int[] codes) {
            run(embeddings, n, codes, null);
        }

        /**
         * Quantizes embeddings as {@link #quantize(float[], int, int[])} does, and tells how much
         * of each one every layer leaves.
         *
         * @param squaredNorms receives n x (L + 1) values, row-major: the squared norm of the
         *     embedding (after normalization), then of its residual after layer 1, 2, ... L; each
         *     summed in double precision in index order
         */
        public void quantize(float[] embeddings, int n, int[] codes, double[] squaredNorms) {
            Objects.requireNonNull(squaredNorms, "squaredNorms");
            run(embeddings, n, codes, squaredNorms);
        }

        /**
         * Whether the codes of an embedding are its codes: whether, in every layer, no score can
         * have overflowed float32. It is decided by norms alone, and so the same on every machine:
         * with r what a layer quantizes, c its longest codeword and h half of c's squared norm,
         * {@code |r| |c| + h} must not be above half of the largest float.
         *
         * @param squaredNorms of {@link #quantize(float[], int, int[], double[])}
         * @param row of the embedding, 0-based
         */
        public boolean isInRange(double[] squaredNorms, int row) {
            int layers = quantizer.layers();
            for (int layer = 0; layer < layers; layer++) {
                double norm = Math.sqrt(squaredNorms[row * (layers + 1) + layer]);
                if (!(norm <= quantizer.longestNorms[layer])) {
                    return false;
                }
            }
            return true;
        }

        private void run(float[] embeddings, int n, int[] codes, double[] squaredNorms) {
            if (n < 0) {
                throw new IllegalArgumentException("n must not be negative, but is " + n);
            }
            int layers = quantizer.layers();
            checkLength("embeddings", embeddings.length, n, quantizer.dimension);
            checkLength("codes", codes.length, n, layers);
            if (squaredNorms != null) {
                checkLength("squaredNorms", squaredNorms.length, n, layers + 1);
            }
            // Blocks of equal size, so that no small last one pays for a whole pass over the
            // codebook.
            int blocks = (n + block.capacity() - 1) / block.capacity();
            for (int b = 0; b < blocks; b++) {
                int first = (int) ((long) n * b / blocks);
                int end = (int) ((long) n * (b + 1) / blocks);
                block.load(embeddings, first, end - first, quantizer.normalize);
                putSquaredNorms(squaredNorms, first, 0);
                for (int layer = 0; layer < layers; layer++) {
                    search.nearest(layer, blockCodes);
                    for (int row = 0; row < end - first; row++) {
                        codes[(first + row) * layers + layer] = blockCodes[row];
                    }
                    if (layer < layers - 1 || squaredNorms != null) {
                        search.subtract(layer, blockCodes);
                        putSquaredNorms(squaredNorms, first, layer + 1);
                    }
                }
            }
        }

        private void putSquaredNorms(double[] squaredNorms, int first, int column) {
            if (squaredNorms != null) {
                int columns = quantizer.layers() + 1;
                double[] blockNorms = block.squaredNorms();
                for (int row = 0; row < block.rows(); row++) {
                    squaredNorms[(first + row) * columns + column] = blockNorms[row];
                }
            }
        }

        private static void checkLength(String name, int length, int n, int columns) {
            if (length < (long) n * columns) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s has %d values, too few for %d rows of %d",
                                name, length, n, columns));
            }
        }
    }
}
