package io.sidestream.codebook;

import java.util.Arrays;
import java.util.List;

/**
 * How to train a codebook.
 *
 * @param layerSizes codewords of each layer, the first layer first; they may differ
 * @param normalize whether embeddings are divided by their L2 norm first
 * @param seed the same seed, sample and options give the same codebook, to the last bit
 * @param maxIterations passes over the sample, per layer
 * @param tolerance a layer is done when a pass lowers its mean squared error by no more than this
 *     share
 * @param batchSize rows after which centroids are moved; 0 moves them after each whole pass
 *     (Lloyd's algorithm). Batches converge in fewer passes on samples of millions of rows
 * @param sampleLimit most rows to train on when training from a file; 0 for 256 a codeword of the
 *     largest layer, but at least 100000
 * @param threads how many threads to use; does not change the result
 * @param warmStart a codebook of the same layer sizes, whose codewords training starts from instead
 *     of choosing among the sample: their tokens then keep about the meaning that they have in it.
 *     Null: none
 */
public record TrainingOptions(
        List<Integer> layerSizes,
        boolean normalize,
        long seed,
        int maxIterations,
        double tolerance,
        int batchSize,
        int sampleLimit,
        int threads,
        Codebook warmStart) {

    public TrainingOptions {
        layerSizes = List.copyOf(layerSizes);
        CodebookLimits.requireShape(1, layerSizes.stream().mapToInt(Integer::intValue).toArray());
        require(maxIterations >= 1, "iterations must be at least 1, not " + maxIterations);
        require(
                tolerance >= 0 && tolerance < 1,
                "tolerance must be a share from 0 to below 1, not " + tolerance);
        require(batchSize >= 0, "batch size must be 0 (whole passes) or more, not " + batchSize);
        require(sampleLimit >= 0, "sample limit must be 0 (automatic) or more, not " + sampleLimit);
        require(threads >= 1, "threads must be at least 1, not " + threads);
        if (warmStart != null) {
            List<Integer> sizes = Arrays.stream(warmStart.layerSizes()).boxed().toList();
            require(
                    sizes.equals(layerSizes),
                    "training cannot start from %s: layers of %s codewords are asked for"
                            .formatted(warmStart, layerSizes));
            require(
                    warmStart.normalize() == normalize,
                    "training cannot start from %s: %s are asked for"
                            .formatted(
                                    warmStart,
                                    normalize
                                            ? "normalized embeddings"
                                            : "embeddings that are not normalized"));
        }
    }

    /** Options with defaults for all but the layer sizes. */
    public static Builder builder(int... layerSizes) {
        return new Builder(Arrays.stream(layerSizes).boxed().toList());
    }

    /**
     * The most rows that are drawn: {@link #sampleLimit}, or as many as the largest layer needs.
     */
    public int effectiveSampleLimit() {
        if (sampleLimit > 0) {
            return sampleLimit;
        }
        int largest = layerSizes.stream().mapToInt(Integer::intValue).max().orElseThrow();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(100_000, 256L * largest));
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** Collects options. */
    public static final class Builder {
        private final List<Integer> layerSizes;
        private boolean normalize;
        private long seed = 1;
        private int maxIterations = 25;
        private double tolerance = 1e-4;
        private int batchSize;
        private int sampleLimit;
        private int threads = Runtime.getRuntime().availableProcessors();
        private Codebook warmStart;

        private Builder(List<Integer> layerSizes) {
            this.layerSizes = layerSizes;
        }

        /** Off by default. */
        public Builder normalize(boolean value) {
            normalize = value;
            return this;
        }

        /** 1 by default. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** 25 by default. */
        public Builder maxIterations(int value) {
            maxIterations = value;
            return this;
        }

        /** 0.0001 by default. */
        public Builder tolerance(double value) {
            tolerance = value;
            return this;
        }

        /** 0, whole passes, by default. */
        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        /** 0, automatic, by default. */
        public Builder sampleLimit(int value) {
            sampleLimit = value;
            return this;
        }

        /** All processors by default. */
        public Builder threads(int value) {
            threads = value;
            return this;
        }

        /** None by default. */
        public Builder warmStart(Codebook value) {
            warmStart = value;
            return this;
        }

        public TrainingOptions build() {
            return new TrainingOptions(
                    layerSizes,
                    normalize,
                    seed,
                    maxIterations,
                    tolerance,
                    batchSize,
                    sampleLimit,
                    threads,
                    warmStart);
        }
    }
}
