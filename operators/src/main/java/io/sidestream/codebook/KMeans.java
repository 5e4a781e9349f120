package io.sidestream.codebook;

import io.sidestream.quantize.ResidualQuantizer;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * k-means on the rows of one layer. Rows are assigned by the quantizer, so that a codebook is
 * trained with just the arithmetic it will be used with.
 *
 * <p>The result does not depend on the number of threads: assignment is a matter of each row alone,
 * and a centroid's rows are summed by one thread, in a fixed order and in double precision.
 */
final class KMeans {
    private static final int ROWS_PER_CHUNK = 1024;
    private static final int CENTROIDS_PER_CHUNK = 8;

    private final float[] rows;
    private final int n;
    private final int dimension;
    private final int k;
    private final TrainingOptions options;
    private final Random random;
    private final ChunkedWork work;

    private final float[] centroids;

    /** Centroid of each row, and its squared distance from there. */
    private final int[] codes;

    private final double[] distances;

    /** Positions to rows: as in the sample, or shuffled for batches. */
    private final int[] order;

    private int iterations;

    /** Is told the number of passes done and the mean squared error of the last. */
    @FunctionalInterface
    interface Listener {
        void passed(int iterations, double meanSquaredError);
    }

    /**
     * Starts from centroids.
     *
     * @param rows {@code n} x {@code dimension}, row-major; shared. At least as many of them as
     *     there are centroids are distinct
     * @param centroids {@code k} x {@code dimension}, row-major; taken over, and moved
     */
    KMeans(
            float[] rows,
            int dimension,
            float[] centroids,
            TrainingOptions options,
            Random random,
            ChunkedWork work) {
        this.rows = rows;
        this.n = rows.length / dimension;
        this.dimension = dimension;
        this.k = centroids.length / dimension;
        this.options = options;
        this.random = random;
        this.work = work;
        this.codes = new int[n];
        this.distances = new double[n];
        this.order = IntStream.range(0, n).toArray();
        this.centroids = centroids;
    }

    /** Moves the centroids until they hardly gain any more, and assigns each row for good. */
    void run(Listener listener) {
        boolean batches = options.batchSize() > 0 && options.batchSize() < n;
        double previous = Double.POSITIVE_INFINITY;
        boolean converged = false;
        while (iterations < options.maxIterations() && !converged) {
            // The first pass is a whole one: a first small batch would scatter the centroids.
            if (batches && iterations > 0) {
                passBatches();
            } else {
                assign(0, n);
            }
            double error = meanSquaredError();
            boolean reseeded = reseedEmpty();
            moveCentroids(0, n, new double[k]);
            converged = !reseeded && error >= previous * (1 - options.tolerance());
            previous = error;
            listener.passed(++iterations, error);
        }
        assign(0, n);
    }

    /** {@code k} x {@code dimension}, row-major. */
    float[] centroids() {
        return centroids;
    }

    /** Centroid of each row. */
    int[] codes() {
        return codes;
    }

    /** Squared distance of each row from its centroid. */
    double[] distances() {
        return distances;
    }

    int iterations() {
        return iterations;
    }

    /**
     * A pass of mini-batch k-means (Sculley 2010) over the rows in random order. A centroid is the
     * mean of its rows in this pass so far and, so that it starts calmly, of itself with the weight
     * of one batch. (After the pass, the caller moves it to the mean of all of its rows.)
     */
    private void passBatches() {
        Groups groups = group(0, n);
        double[] weights = new double[k];
        for (int c = 0; c < k; c++) {
            weights[c] = groups.size(c) * (double) options.batchSize() / n;
        }
        shuffle();
        for (int from = 0; from < n; from += options.batchSize()) {
            int to = Math.min(n, from + options.batchSize());
            assign(from, to);
            moveCentroids(from, to, weights);
        }
    }

    /** Finds the nearest centroid of the rows at these positions. */
    private void assign(int from, int to) {
        ResidualQuantizer quantizer =
                ResidualQuantizer.create(dimension, new float[][] {centroids}, false);
        work.run(
                (to - from + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK,
                () -> new Assigner(quantizer),
                (assigner, chunk) -> {
                    int start = from + chunk * ROWS_PER_CHUNK;
                    assigner.assign(start, Math.min(to, start + ROWS_PER_CHUNK));
                });
    }

    /** The scratch space of one thread. */
    private final class Assigner {
        private final ResidualQuantizer.Worker worker;
        private final float[] chunk = new float[ROWS_PER_CHUNK * dimension];
        private final int[] chunkCodes = new int[ROWS_PER_CHUNK];
        private final double[] norms = new double[2 * ROWS_PER_CHUNK];

        Assigner(ResidualQuantizer quantizer) {
            this.worker = quantizer.worker();
        }

        void assign(int start, int end) {
            for (int i = start; i < end; i++) {
                System.arraycopy(
                        rows, order[i] * dimension, chunk, (i - start) * dimension, dimension);
            }
            worker.quantize(chunk, end - start, chunkCodes, norms);
            for (int i = start; i < end; i++) {
                codes[order[i]] = chunkCodes[i - start];
                // The norm before the one layer, and the one after it.
                distances[order[i]] = norms[2 * (i - start) + 1];
            }
        }
    }

    /**
     * Moves each centroid to the mean of its rows at these positions and of itself, with its
     * weight; the weights grow by the rows.
     */
    private void moveCentroids(int from, int to, double[] weights) {
        Groups groups = group(from, to);
        work.run(
                (k + CENTROIDS_PER_CHUNK - 1) / CENTROIDS_PER_CHUNK,
                () -> new double[dimension],
                (sum, chunk) -> {
                    int end = Math.min(k, (chunk + 1) * CENTROIDS_PER_CHUNK);
                    for (int c = chunk * CENTROIDS_PER_CHUNK; c < end; c++) {
                        if (groups.size(c) > 0) {
                            moveCentroid(c, groups, weights, sum);
                        }
                    }
                });
    }

    private void moveCentroid(int c, Groups groups, double[] weights, double[] sum) {
        int offset = c * dimension;
        for (int t = 0; t < dimension; t++) {
            sum[t] = weights[c] * centroids[offset + t];
        }
        for (int i = groups.start(c); i < groups.end(c); i++) {
            int row = groups.member(i) * dimension;
            for (int t = 0; t < dimension; t++) {
                sum[t] += rows[row + t];
            }
        }
        weights[c] += groups.size(c);
        for (int t = 0; t < dimension; t++) {
            centroids[offset + t] = (float) (sum[t] / weights[c]);
        }
    }

    /**
     * Gives every centroid without rows a new place: the farthest row of the cluster that has the
     * largest squared error then.
     *
     * @return whether there was such a centroid
     */
    private boolean reseedEmpty() {
        Groups groups = group(0, n);
        int[] sizes = new int[k];
        double[] errors = new double[k];
        for (int c = 0; c < k; c++) {
            sizes[c] = groups.size(c);
            errors[c] = error(c, groups);
        }
        boolean reseeded = false;
        for (int c = 0; c < k; c++) {
            if (groups.size(c) > 0) {
                continue;
            }
            int donor = largestError(sizes, errors);
            int taken = farthest(donor, groups);
            codes[taken] = c;
            distances[taken] = 0;
            System.arraycopy(rows, taken * dimension, centroids, c * dimension, dimension);
            sizes[donor]--;
            errors[donor] = error(donor, groups);
            reseeded = true;
        }
        return reseeded;
    }

    /** Squared error of what is left of a cluster. */
    private double error(int c, Groups groups) {
        double sum = 0;
        for (int i = groups.start(c); i < groups.end(c); i++) {
            int row = groups.member(i);
            sum += codes[row] == c ? distances[row] : 0;
        }
        return sum;
    }

    /** The cluster to split: with k distinct rows and an empty cluster, another has two. */
    private int largestError(int[] sizes, double[] errors) {
        int largest = -1;
        for (int c = 0; c < k; c++) {
            if (sizes[c] > 1 && (largest < 0 || errors[c] > errors[largest])) {
                largest = c;
            }
        }
        return largest;
    }

    private int farthest(int c, Groups groups) {
        int farthest = -1;
        for (int i = groups.start(c); i < groups.end(c); i++) {
            int row = groups.member(i);
            if (codes[row] == c && (farthest < 0 || distances[row] > distances[farthest])) {
                farthest = row;
            }
        }
        return farthest;
    }

    private double meanSquaredError() {
        double sum = 0;
        for (double distance : distances) {
            sum += distance;
        }
        return sum / n;
    }

    private void shuffle() {
        for (int i = n - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /** Rows by centroid. */
    private static final class Groups {
        private final int[] starts;
        private final int[] members;

        /**
         * Takes the arrays over.
         *
         * @param starts where each centroid's rows start in {@code members}; one more for the end
         */
        Groups(int[] starts, int[] members) {
            this.starts = starts;
            this.members = members;
        }

        int start(int c) {
            return starts[c];
        }

        int end(int c) {
            return starts[c + 1];
        }

        int size(int c) {
            return end(c) - start(c);
        }

        int member(int i) {
            return members[i];
        }
    }

    /** Sorts the rows at these positions by centroid; within one, they keep their order. */
    private Groups group(int from, int to) {
        int[] starts = new int[k + 1];
        for (int i = from; i < to; i++) {
            starts[codes[order[i]] + 1]++;
        }
        for (int c = 0; c < k; c++) {
            starts[c + 1] += starts[c];
        }
        int[] next = starts.clone();
        int[] members = new int[to - from];
        for (int i = from; i < to; i++) {
            members[next[codes[order[i]]]++] = order[i];
        }
        return new Groups(starts, members);
    }
}
