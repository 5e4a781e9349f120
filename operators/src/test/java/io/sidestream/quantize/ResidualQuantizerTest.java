package io.sidestream.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResidualQuantizerTest {

    private enum Kind {
        SCALAR,
        FASTEST;

        ResidualQuantizer of(int dimension, float[][] layers, boolean normalize) {
            return this == SCALAR
                    ? ResidualQuantizer.scalar(dimension, layers, normalize)
                    : ResidualQuantizer.create(dimension, layers, normalize);
        }
    }

    /** The specification word for word, every operation exact and then rounded once. */
    @ParameterizedTest
    @EnumSource
    void followsTheSpecificationToTheLastBit(Kind kind) {
        Random random = new Random(1);
        int d = 7;
        int n = 40;
        float[][] layers = {
            gaussian(19, d, random), gaussian(5, d, random), gaussian(1, d, random)
        };
        float[] embeddings = gaussian(n, d, random);
        int[] expected = new int[n * 3];
        double[] expectedNorms = new double[n * 4];
        for (int row = 0; row < n; row++) {
            float[] r = Arrays.copyOfRange(embeddings, row * d, (row + 1) * d);
            double norm = Math.sqrt(sumOfSquares(r, 0, d));
            for (int t = 0; t < d; t++) {
                r[t] = (float) (r[t] / norm);
            }
            expectedNorms[row * 4] = sumOfSquares(r, 0, d);
            for (int layer = 0; layer < 3; layer++) {
                float[] c = layers[layer];
                float best = Float.POSITIVE_INFINITY;
                for (int k = 0; k < c.length / d; k++) {
                    float score = (float) (0.5 * sumOfSquares(c, k * d, d));
                    for (int t = 0; t < d; t++) {
                        score =
                                new BigDecimal(-r[t])
                                        .multiply(new BigDecimal(c[k * d + t]))
                                        .add(new BigDecimal(score))
                                        .floatValue();
                    }
                    if (score < best) {
                        best = score;
                        expected[row * 3 + layer] = k;
                    }
                }
                for (int t = 0; t < d; t++) {
                    r[t] -= c[expected[row * 3 + layer] * d + t];
                }
                expectedNorms[row * 4 + layer + 1] = sumOfSquares(r, 0, d);
            }
        }
        int[] codes = new int[n * 3];
        double[] norms = new double[n * 4];

        kind.of(d, layers, true).worker().quantize(embeddings, n, codes, norms);

        assertThat(codes).isEqualTo(expected);
        assertThat(norms).isEqualTo(expectedNorms);
    }

    /** Distances in double precision, no expansion of the square: what the scores stand for. */
    @ParameterizedTest
    @EnumSource
    void choosesTheNearestCodewordWhereItIsClear(Kind kind) {
        Random random = new Random(2);
        int d = 96;
        int k = 130;
        int n = 500;
        float[][] layers = {gaussian(k, d, random), gaussian(k, d, random)};
        float[] embeddings = gaussian(n, d, random);
        int[] codes = new int[n * 2];
        kind.of(d, layers, false).worker().quantize(embeddings, n, codes);

        int decided = 0;
        for (int row = 0; row < n; row++) {
            double[] residual = new double[d];
            for (int t = 0; t < d; t++) {
                residual[t] = embeddings[row * d + t];
            }
            for (int layer = 0; layer < 2; layer++) {
                int nearest = -1;
                double best = Double.POSITIVE_INFINITY;
                double second = Double.POSITIVE_INFINITY;
                for (int code = 0; code < k; code++) {
                    double distance = 0;
                    for (int t = 0; t < d; t++) {
                        distance += Math.pow(residual[t] - layers[layer][code * d + t], 2);
                    }
                    if (distance < best) {
                        second = best;
                        best = distance;
                        nearest = code;
                    } else {
                        second = Math.min(second, distance);
                    }
                }
                if (second - best < 1e-3) {
                    break;
                }
                decided++;
                assertThat(codes[row * 2 + layer]).isEqualTo(nearest);
                for (int t = 0; t < d; t++) {
                    residual[t] -= layers[layer][nearest * d + t];
                }
            }
        }
        assertThat(decided).isGreaterThan(990);
    }

    @ParameterizedTest
    @EnumSource
    void givesTiesToTheLowestIndex(Kind kind) {
        int k = 150;
        float[] layer = new float[k * 2];
        Arrays.fill(layer, 9);
        for (int twin : new int[] {5, 6, 37, 69, 133}) {
            layer[2 * twin] = 1;
            layer[2 * twin + 1] = 0;
        }
        int[] codes = new int[2];

        kind.of(2, new float[][] {layer}, false)
                .worker()
                .quantize(new float[] {1, 0, 90, 90}, 2, codes);

        assertThat(codes).containsExactly(5, 0);
    }

    @ParameterizedTest
    @EnumSource
    void takesZerosOfEitherSignForEqualScores(Kind kind) {
        // h is 0 for both. The score of codeword 0 stays +0; that of codeword 1 becomes -0.
        float[] layer = {0, Float.MIN_VALUE};
        int[] codes = new int[1];

        kind.of(1, new float[][] {layer}, false)
                .worker()
                .quantize(new float[] {Float.MIN_VALUE}, 1, codes);

        assertThat(codes).containsExactly(0);
    }

    @ParameterizedTest
    @EnumSource
    void neverChoosesAScoreThatIsNotBelowInfinity(Kind kind) {
        float max = Float.MAX_VALUE;
        float nan = Float.NaN;
        int[] codes = new int[3];

        // Half the squared norms of codewords 0 and 2 overflow.
        kind.of(1, new float[][] {{max, 3, max}}, false)
                .worker()
                .quantize(new float[] {1, max, nan}, 3, codes);

        assertThat(codes).containsExactly(1, 1, 0);
    }

    @ParameterizedTest
    @EnumSource
    void doesNotDependOnWhatElseIsQuantized(Kind kind) {
        Random random = new Random(3);
        int d = 20;
        int n = 900;
        float[][] layers = {gaussian(40, d, random), gaussian(7, d, random)};
        float[] embeddings = gaussian(n, d, random);
        ResidualQuantizer.Worker worker = kind.of(d, layers, true).worker();
        int[] together = new int[n * 2];
        worker.quantize(embeddings, n, together);

        int[] apart = new int[n * 2];
        int first = 0;
        for (int size = 1; first < n; first += size, size = size * 3 % 101) {
            size = Math.min(size, n - first);
            int[] codes = new int[size * 2 + 5];
            worker.quantize(Arrays.copyOfRange(embeddings, first * d, n * d), size, codes);
            System.arraycopy(codes, 0, apart, first * 2, size * 2);
            assertThat(codes).endsWith(0, 0, 0, 0, 0);
        }
        assertThat(apart).isEqualTo(together);
    }

    @ParameterizedTest
    @EnumSource
    void leavesItsInputAlone(Kind kind) {
        Random random = new Random(4);
        float[][] layers = {gaussian(40, 9, random)};
        float[] embeddings = gaussian(30, 9, random);
        float[] layer = layers[0].clone();
        float[] copy = embeddings.clone();

        kind.of(9, layers, true).worker().quantize(embeddings, 30, new int[30], new double[60]);

        assertThat(embeddings).isEqualTo(copy);
        assertThat(layers[0]).isEqualTo(layer);
    }

    @ParameterizedTest
    @EnumSource
    void tellsHowMuchEachLayerLeaves(Kind kind) {
        float[][] layers = {{3, 0, 0, 3}, {0, 1, 0, 0}};
        int[] codes = new int[4];
        double[] norms = new double[6];

        kind.of(2, layers, false).worker().quantize(new float[] {3, 1, 0, 5}, 2, codes, norms);

        assertThat(codes).containsExactly(0, 0, 1, 0);
        assertThat(norms).containsExactly(10, 1, 0, 25, 4, 1);
    }

    @ParameterizedTest
    @EnumSource
    void normalizesLargeAndDenormalEmbeddings(Kind kind) {
        double[] norms = new double[4];

        kind.of(2, new float[][] {{0, 0}}, true)
                .worker()
                .quantize(new float[] {3e38f, 3e38f, 0, 3e-45f}, 2, new int[2], norms);

        assertThat(norms).containsExactly(new double[] {1, 1, 1, 1}, offset(1e-6));
    }

    @ParameterizedTest
    @EnumSource
    void namesTheRowOfAZeroVectorThatItShouldNormalize(Kind kind) {
        float[] embeddings = new float[700 * 3];
        Arrays.fill(embeddings, 1);
        Arrays.fill(embeddings, 650 * 3, 651 * 3, -0f);
        ResidualQuantizer.Worker worker = kind.of(3, new float[][] {{1, 2, 3}}, true).worker();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> worker.quantize(embeddings, 700, new int[700]))
                .withMessageContaining("row 650 is a zero vector");
    }

    @ParameterizedTest
    @EnumSource
    void isSharedByThreadsWithAWorkerEach(Kind kind) throws Exception {
        Random random = new Random(5);
        int d = 33;
        int n = 600;
        ResidualQuantizer quantizer =
                kind.of(d, new float[][] {gaussian(70, d, random), gaussian(9, d, random)}, false);
        float[] embeddings = gaussian(n, d, random);
        int[] expected = new int[n * 2];
        quantizer.worker().quantize(embeddings, n, expected);

        Callable<int[]> task =
                () -> {
                    ResidualQuantizer.Worker worker = quantizer.worker();
                    int[] codes = new int[n * 2];
                    for (int i = 0; i < 20; i++) {
                        worker.quantize(embeddings, n, codes);
                    }
                    return codes;
                };
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (Future<int[]> codes : threads.invokeAll(List.of(task, task))) {
                assertThat(codes.get()).isEqualTo(expected);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Counted when the arrays it was made of are garbage, and with the scratch of two threads. */
    @ParameterizedTest
    @EnumSource
    void holdsALargeCodebookOnce(Kind kind) throws Exception {
        int d = 512;
        int k = 4096;
        long before = floatArrayBytes();
        ResidualQuantizer quantizer = kind.of(d, new float[3][k * d], false);
        List<ResidualQuantizer.Worker> workers = List.of(quantizer.worker(), quantizer.worker());

        long held = floatArrayBytes() - before;

        assertThat(held).isCloseTo(3L * k * d * Float.BYTES, withinPercentage(20));
        for (ResidualQuantizer.Worker worker : workers) {
            int[] codes = {-1, -1, -1};
            worker.quantize(new float[d], 1, codes);
            assertThat(codes).containsOnly(0);
        }
    }

    /** The bytes of all float arrays that are reachable, after a full garbage collection. */
    private static long floatArrayBytes() throws Exception {
        String histogram =
                (String)
                        ManagementFactory.getPlatformMBeanServer()
                                .invoke(
                                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                        "gcClassHistogram",
                                        new Object[] {new String[0]},
                                        new String[] {String[].class.getName()});
        // number, instances, bytes, class
        Matcher floats = Pattern.compile("(?m)^ *\\d+: +\\d+ +(\\d+) +\\[F ").matcher(histogram);
        assertThat(floats.find()).as(histogram).isTrue();
        return Long.parseLong(floats.group(1));
    }

    @ParameterizedTest
    @EnumSource
    void describesItself(Kind kind) {
        ResidualQuantizer quantizer = kind.of(2, new float[][] {new float[6], new float[2]}, true);

        assertThat(quantizer.dimension()).isEqualTo(2);
        assertThat(quantizer.layers()).isEqualTo(2);
        assertThat(quantizer.layerSize(1)).isEqualTo(3);
        assertThat(quantizer.layerSize(2)).isEqualTo(1);
        assertThat(quantizer.normalize()).isTrue();
        assertThat(quantizer.kernel()).matches(kind == Kind.SCALAR ? "scalar" : "vector\\(\\d+\\)");
        assertThat(quantizer)
                .hasToString(
                        "ResidualQuantizer("
                                + quantizer.kernel()
                                + ", dimension 2, layers [3, 1], normalizing)");
    }

    @Test
    void quantizesNothing() {
        ResidualQuantizer.Worker worker =
                ResidualQuantizer.create(2, new float[][] {{1, 2}}, true).worker();

        worker.quantize(new float[0], 0, new int[0], new double[0]);
    }

    @Test
    void rejectsImpossibleShapes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResidualQuantizer.create(0, new float[][] {{1}}, false))
                .withMessage("dimension must be positive, but is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResidualQuantizer.create(1, new float[0][], false))
                .withMessage("a quantizer needs at least one layer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResidualQuantizer.create(2, new float[][] {{1, 2}, {}}, false))
                .withMessageStartingWith("layer 2 has 0 values");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResidualQuantizer.create(2, new float[][] {{1, 2, 3}}, false))
                .withMessageContaining("layer 1 has 3 values")
                .withMessageContaining("dimension 2");
    }

    @Test
    void rejectsArraysThatAreTooShort() {
        ResidualQuantizer quantizer =
                ResidualQuantizer.create(2, new float[][] {{1, 2}, {1, 2}}, false);
        ResidualQuantizer.Worker worker = quantizer.worker();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> worker.quantize(new float[5], 3, new int[6]))
                .withMessage("embeddings has 5 values, too few for 3 rows of 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> worker.quantize(new float[6], 3, new int[5]))
                .withMessage("codes has 5 values, too few for 3 rows of 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> worker.quantize(new float[6], 3, new int[6], new double[8]))
                .withMessage("squaredNorms has 8 values, too few for 3 rows of 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> worker.quantize(new float[6], -1, new int[6]))
                .withMessage("n must not be negative, but is -1");
        assertThatThrownBy(() -> quantizer.layerSize(0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static double sumOfSquares(float[] values, int from, int length) {
        double sum = 0;
        for (int i = from; i < from + length; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }

    private static float[] gaussian(int rows, int d, Random random) {
        float[] matrix = new float[rows * d];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) random.nextGaussian();
        }
        return matrix;
    }
}
