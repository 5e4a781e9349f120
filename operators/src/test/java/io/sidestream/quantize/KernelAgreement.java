package io.sidestream.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

/**
 * Compares the vector kernel of this JVM with the scalar reference, for equality, at sizes around
 * the widths of lanes, panels, tiles, slabs and blocks, and whether it keeps layers as rows or not.
 * Also a program, so that a test can start it in a JVM with other vectors.
 */
final class KernelAgreement {

    /** Fills a row-major matrix. */
    @FunctionalInterface
    interface Values {
        float next(Random random);
    }

    private static final float[] AWKWARD = {
        0f,
        -0f,
        1f,
        -1f,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        1e30f,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    private KernelAgreement() {}

    /** Prints the kernel, having found nothing different. */
    public static void main(String[] args) {
        checkSizes();
        checkValues();
        System.out.println(kernel());
    }

    static void checkSizes() {
        int lanes = lanes();
        for (int d : new int[] {1, 2, lanes - 1, lanes, lanes + 1, 129}) {
            for (int k : new int[] {1, 2, lanes - 1, lanes, lanes + 1, 2 * lanes, 4 * lanes + 1}) {
                for (int n : new int[] {1, 3, 4, 8, 17}) {
                    check(d, new int[] {k, 1 + k / 2, 2 * k}, n, r -> (float) r.nextGaussian());
                }
            }
        }
        for (int d : new int[] {127, 128, 255, 256, 257}) {
            check(d, new int[] {2 * lanes - 1}, 9, r -> (float) r.nextGaussian());
        }
        for (int n : new int[] {383, 384, 385, 1000}) {
            check(3, new int[] {lanes + 1, 2}, n, r -> (float) r.nextGaussian());
        }
        check(4099, new int[] {lanes + 3}, 65, r -> (float) r.nextGaussian());
    }

    static void checkValues() {
        int[] sizes = {70, 33, 64};
        // Small integers: many exact ties, across lanes and panels.
        check(2, sizes, 200, r -> r.nextInt(3) - 1);
        check(130, sizes, 50, r -> r.nextInt(4) == 0 ? 1 : -0f);
        // Denormal values, and values whose products are denormal.
        check(37, sizes, 100, r -> (float) (r.nextGaussian() * 1e-41));
        check(37, sizes, 100, r -> (float) (r.nextGaussian() * 1e-21));
        // Scores that overflow: sometimes, and nearly always.
        check(37, sizes, 100, r -> (float) (r.nextGaussian() * 3e18));
        check(37, sizes, 100, r -> (float) (r.nextGaussian() * 1e38));
        check(37, sizes, 100, r -> (float) (r.nextGaussian() * Math.pow(10, r.nextInt(70) - 35)));
        // Whatever there is. NaN must never win.
        check(5, sizes, 300, r -> AWKWARD[r.nextInt(AWKWARD.length)]);
        check(5, sizes, 300, r -> r.nextInt(40) > 0 ? r.nextInt(3) : AWKWARD[r.nextInt(11)]);
    }

    private static void check(int d, int[] sizes, int n, Values values) {
        Random random = new Random(31L * d + n);
        float[][] layers = new float[sizes.length][];
        for (int layer = 0; layer < sizes.length; layer++) {
            layers[layer] = matrix(sizes[layer], d, values, random);
        }
        float[] embeddings = matrix(n, d, values, random);
        for (boolean normalize : new boolean[] {false, true}) {
            if (normalize) {
                for (int row = 0; row < n; row++) {
                    embeddings[row * d] = embeddings[row * d] == 0 ? 1 : embeddings[row * d];
                }
            }
            int[] expected = new int[n * sizes.length];
            double[] expectedNorms = new double[n * (sizes.length + 1)];
            ResidualQuantizer.scalar(d, layers, normalize)
                    .worker()
                    .quantize(embeddings, n, expected, expectedNorms);
            for (int maxFloatsKeptAsRows : new int[] {0, Integer.MAX_VALUE}) {
                int[] actual = new int[n * sizes.length];
                double[] actualNorms = new double[n * (sizes.length + 1)];
                ResidualQuantizer.of(
                                d,
                                layers,
                                normalize,
                                prepared -> new VectorKernel(d, prepared, maxFloatsKeptAsRows))
                        .worker()
                        .quantize(embeddings, n, actual, actualNorms);
                String shape =
                        String.format(
                                "d=%d n=%d K=%d normalize=%s rows=%s",
                                d, n, sizes[0], normalize, maxFloatsKeptAsRows > 0);
                assertThat(actual).as(shape).isEqualTo(expected);
                assertThat(actualNorms).as(shape).isEqualTo(expectedNorms);
            }
        }
    }

    private static float[] matrix(int rows, int d, Values values, Random random) {
        float[] matrix = new float[rows * d];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = values.next(random);
        }
        return matrix;
    }

    private static String kernel() {
        String kernel = ResidualQuantizer.create(1, new float[][] {{1}}, false).kernel();
        assertThat(kernel).startsWith("vector(");
        return kernel;
    }

    private static int lanes() {
        return Integer.parseInt(kernel().replaceAll("[^0-9]", "")) / Float.SIZE;
    }
}
