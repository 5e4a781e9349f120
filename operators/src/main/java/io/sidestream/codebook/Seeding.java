package io.sidestream.codebook;

import java.util.Arrays;
import java.util.Random;

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007, with several candidates a step as in section 5
 * of that paper): each new centroid is a row drawn with a chance proportional to its squared
 * distance from the centroids so far, the best of a few such draws.
 *
 * <p>A step looks at every row, so it runs on a subsample that grows with the number of centroids,
 * and the number of candidates falls to one when there is much to do.
 */
final class Seeding {
    /** Rows of a block; distances run along them, so that the JIT compiler can vectorize. */
    private static final int BLOCK = 256;

    private static final int BLOCKS_PER_CHUNK = 4;
    private static final int MIN_ROWS = 16_384;
    private static final int ROWS_PER_CENTROID = 32;
    private static final int MIN_ROWS_PER_CENTROID = 8;

    /** Multiplications to aim at: seconds. */
    private static final double WORK = 1e10;

    private final int rows;
    private final int dimension;
    private final int candidates;
    private final Random random;
    private final ChunkedWork work;

    /** The subsample in blocks, of which each is transposed: {@code [block][t][row]}. */
    private final float[][] blocks;

    /** Squared distance of each row to the nearest centroid so far. */
    private float[] nearest;

    /** The same, if a candidate were taken: {@code [candidate][row]}. */
    private final float[][] trial;

    /** Sums of {@link #trial}: {@code [candidate][chunk]}. */
    private final double[][] trialSums;

    private Seeding(
            float[] sample, int sampleRows, int dimension, int k, Random random, ChunkedWork work) {
        this.dimension = dimension;
        this.random = random;
        this.work = work;
        double workPerRow = (double) k * dimension;
        double affordable = Math.max(WORK / workPerRow, (double) MIN_ROWS_PER_CENTROID * k);
        double wanted = Math.max(MIN_ROWS, (double) ROWS_PER_CENTROID * k);
        this.rows = (int) Math.min(sampleRows, Math.min(affordable, wanted));
        // Not Math.log, whose last bit may differ between machines.
        int wantedCandidates = 2 + (int) StrictMath.log(k);
        this.candidates = (int) Math.max(1, Math.min(wantedCandidates, WORK / (workPerRow * rows)));
        this.blocks = new float[(rows + BLOCK - 1) / BLOCK][dimension * BLOCK];
        int filled = 0;
        for (int row = 0; filled < rows; row++) {
            // Knuth's selection sampling: every subset of this size has the same chance.
            if (random.nextDouble() * (sampleRows - row) < rows - filled) {
                put(filled++, sample, row * dimension);
            }
        }
        this.nearest = new float[rows];
        Arrays.fill(nearest, Float.POSITIVE_INFINITY);
        this.trial = new float[candidates][rows];
        this.trialSums = new double[candidates][chunks()];
    }

    /**
     * Chooses centroids.
     *
     * @param sample {@code rows} x {@code dimension}, row-major
     * @return {@code k} x {@code dimension}. When the subsample has fewer distinct rows, the last
     *     centroids repeat the first
     */
    static float[] seed(
            float[] sample, int rows, int dimension, int k, Random random, ChunkedWork work) {
        return new Seeding(sample, rows, dimension, k, random, work).choose(k);
    }

    private float[] choose(int k) {
        float[] centroids = new float[k * dimension];
        double total = Double.POSITIVE_INFINITY;
        for (int c = 0; c < k; c++) {
            if (total == 0) {
                System.arraycopy(centroids, 0, centroids, c * dimension, dimension);
                continue;
            }
            int tries = c == 0 ? 1 : candidates;
            float[][] drawn = new float[tries][dimension];
            for (float[] candidate : drawn) {
                get(c == 0 ? random.nextInt(rows) : draw(total), candidate);
            }
            measure(drawn);
            int best = 0;
            total = Double.POSITIVE_INFINITY;
            for (int i = 0; i < tries; i++) {
                double sum = 0;
                for (double part : trialSums[i]) {
                    sum += part;
                }
                if (sum < total) {
                    total = sum;
                    best = i;
                }
            }
            float[] taken = trial[best];
            trial[best] = nearest;
            nearest = taken;
            System.arraycopy(drawn[best], 0, centroids, c * dimension, dimension);
        }
        return centroids;
    }

    /** A row, with a chance proportional to its distance. */
    private int draw(double total) {
        double target = random.nextDouble() * total;
        int last = 0;
        for (int row = 0; row < rows; row++) {
            if (nearest[row] > 0) {
                last = row;
                target -= nearest[row];
                if (target < 0) {
                    break;
                }
            }
        }
        return last;
    }

    /** Fills {@link #trial} and {@link #trialSums} for these candidates. */
    private void measure(float[][] drawn) {
        work.run(
                chunks(),
                () -> new float[BLOCK],
                (distances, chunk) -> {
                    int end = Math.min(blocks.length, (chunk + 1) * BLOCKS_PER_CHUNK);
                    for (int i = 0; i < drawn.length; i++) {
                        double sum = 0;
                        for (int block = chunk * BLOCKS_PER_CHUNK; block < end; block++) {
                            squaredDistances(blocks[block], drawn[i], distances);
                            int first = block * BLOCK;
                            for (int j = 0; j < Math.min(BLOCK, rows - first); j++) {
                                float closer = Math.min(nearest[first + j], distances[j]);
                                trial[i][first + j] = closer;
                                sum += closer;
                            }
                        }
                        trialSums[i][chunk] = sum;
                    }
                });
    }

    private static void squaredDistances(float[] block, float[] candidate, float[] distances) {
        Arrays.fill(distances, 0);
        for (int t = 0; t < candidate.length; t++) {
            float component = candidate[t];
            for (int j = 0; j < BLOCK; j++) {
                float difference = block[t * BLOCK + j] - component;
                distances[j] += difference * difference;
            }
        }
    }

    private void put(int row, float[] sample, int offset) {
        float[] block = blocks[row / BLOCK];
        for (int t = 0; t < dimension; t++) {
            block[t * BLOCK + row % BLOCK] = sample[offset + t];
        }
    }

    private void get(int row, float[] target) {
        float[] block = blocks[row / BLOCK];
        for (int t = 0; t < dimension; t++) {
            target[t] = block[t * BLOCK + row % BLOCK];
        }
    }

    private int chunks() {
        return (blocks.length + BLOCKS_PER_CHUNK - 1) / BLOCKS_PER_CHUNK;
    }
}
