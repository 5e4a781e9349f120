package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sidestream.it.ExpectedCatalog.Assigned;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.SidToken;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Says what a report must say of some items, and what a policy must make of their counts: by the
 * definitions, term by term in double precision.
 */
final class HourglassOracle {

    private static final double PRECISION = 1e-9;

    /** From there on, what a layer leaves unexplained is cut off. */
    private static final double MOST_UNEXPLAINED = 4;

    private final TestCodebook codebook;

    HourglassOracle(TestCodebook codebook) {
        this.codebook = codebook;
    }

    /** Holds what a report says about layers against the items that it must be about. */
    void requireLayers(HourglassReport report, Collection<Assigned> items) {
        int[] sizes = codebook.oracle().layerSizes();
        assertThat(report.getItems()).as("items").isEqualTo(items.size());
        assertThat(report.getLayers()).hasSameSizeAs(sizes);
        for (int layer = 1; layer <= sizes.length; layer++) {
            long[] counts = new long[sizes[layer - 1]];
            double unexplained = 0;
            for (Assigned item : items) {
                counts[item.codes()[layer - 1]]++;
                unexplained +=
                        Math.min(
                                MOST_UNEXPLAINED,
                                codebook.oracle()
                                        .unexplained(item.embedding(), item.codes())[layer - 1]);
            }
            LayerSkew found = report.getLayers().get(layer - 1);
            String what = "layer %d of %s: ".formatted(layer, codebook.version());
            assertThat(found.getLayer()).as(what).isEqualTo(layer);
            assertThat(found.getTokens()).as(what).isEqualTo(counts.length);
            assertThat(found.getCounts())
                    .as(what + "counts")
                    .isEqualTo(Arrays.stream(counts).boxed().toList());
            requireSkew(what, found, counts, items.size());
            requireDrift(what, found, counts);
            if (items.isEmpty()) {
                assertThat(found.getQuantizationError()).as(what + "quantization error").isNull();
            } else {
                near(
                        what + "quantization error",
                        found.getQuantizationError(),
                        unexplained / items.size());
            }
        }
    }

    private static void requireSkew(String what, LayerSkew found, long[] counts, long items) {
        int tokens = counts.length;
        double entropy = entropy(shares(counts, 0));
        double mean = (double) items / tokens;
        double variance = 0;
        double differences = 0;
        for (long count : counts) {
            variance += (count - mean) * (count - mean) / tokens;
            for (long other : counts) {
                differences += Math.abs(count - other);
            }
        }
        long most = Arrays.stream(counts).max().orElseThrow();
        boolean none = items == 0;
        near(what + "entropy", found.getEntropy(), entropy);
        double ratio = tokens == 1 ? 1 : entropy / Math.log(tokens);
        near(what + "entropy ratio", found.getEntropyRatio(), none ? 0 : ratio);
        near(what + "perplexity", found.getPerplexity(), Math.exp(entropy));
        near(what + "Gini", found.getGini(), none ? 0 : differences / (2 * tokens * items));
        near(what + "standard deviation", found.getStd(), Math.sqrt(variance));
        near(
                what + "coefficient of variation",
                found.getCoefficientOfVariation(),
                none ? 0 : Math.sqrt(variance) / mean);
        near(what + "max share", found.getMaxShare(), none ? 0 : (double) most / items);
        assertThat(found.getDeadCodes())
                .as(what + "dead codes")
                .isEqualTo((int) Arrays.stream(counts).filter(count -> count == 0).count());
    }

    private void requireDrift(String what, LayerSkew found, long[] counts) {
        String histogram = codebook.codebook().facts().get("histogram.layer_" + found.getLayer());
        long items = Arrays.stream(counts).sum();
        if (histogram == null || items == 0) {
            assertThat(found.getJensenShannon()).as(what + "Jensen-Shannon").isNull();
            assertThat(found.getPsi()).as(what + "PSI").isNull();
            return;
        }
        long[] reference = Arrays.stream(histogram.split(",")).mapToLong(Long::parseLong).toArray();
        double[] p = shares(counts, 0);
        double[] q = shares(reference, 0);
        double[] middle = new double[p.length];
        double[] smoothP = shares(counts, 0.5);
        double[] smoothQ = shares(reference, 0.5);
        double psi = 0;
        int used = 0;
        for (int token = 0; token < p.length; token++) {
            middle[token] = (p[token] + q[token]) / 2;
            used += middle[token] > 0 ? 1 : 0;
            psi +=
                    (smoothP[token] - smoothQ[token])
                            * (Math.log(smoothP[token]) - Math.log(smoothQ[token]));
        }
        double divergence = entropy(middle) - (entropy(p) + entropy(q)) / 2;
        double noise = (used - 1) * (1.0 / items + 1.0 / Arrays.stream(reference).sum());
        near(what + "Jensen-Shannon", found.getJensenShannon(), Math.sqrt(divergence));
        near(what + "its noise", found.getJensenShannonExpected(), Math.sqrt(noise / 8));
        near(what + "PSI", found.getPsi(), psi);
        near(what + "its noise", found.getPsiExpected(), noise);
    }

    /** Holds what a report says about paths against the paths that are published. */
    void requirePaths(HourglassReport report, Collection<List<SidToken>> paths) {
        Map<List<SidToken>, Integer> sizes = new HashMap<>();
        paths.forEach(path -> sizes.merge(path, 1, Integer::sum));
        double possible = 1;
        for (int tokens : codebook.oracle().layerSizes()) {
            possible *= tokens;
        }
        double items = paths.size();
        double alone = sizes.values().stream().filter(size -> size == 1).count();
        assertThat(report.getDistinctPaths()).as("distinct paths").isEqualTo(sizes.size());
        near("path utilization", report.getPathUtilization(), sizes.size() / possible);
        near(
                "collision rate",
                report.getCollisionRate(),
                items == 0 ? 0 : 1 - sizes.size() / items);
        near("singleton rate", report.getSingletonRate(), items == 0 ? 0 : alone / items);
    }

    /** The tokens that a policy drops, ascending. */
    static List<Integer> head(RemapPolicyKind policy, double parameter, List<Long> counts) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, counts.size()).boxed().toList());
        order.sort(Comparator.comparing((Integer token) -> -counts.get(token)));
        BigDecimal written = new BigDecimal(Double.toString(parameter));
        BigDecimal items = BigDecimal.valueOf(counts.stream().mapToLong(Long::longValue).sum());
        BigDecimal enough = written.multiply(items);
        BigDecimal share = written.multiply(BigDecimal.valueOf(counts.size()));
        TreeSet<Integer> head = new TreeSet<>();
        BigDecimal held = BigDecimal.ZERO;
        for (int token : order) {
            BigDecimal taken = BigDecimal.valueOf(head.size());
            boolean more =
                    switch (policy) {
                        case TOP_P -> held.compareTo(enough) < 0;
                        case TOP_K -> taken.compareTo(written) < 0;
                        case TOKEN_FRACTION -> taken.compareTo(share) < 0;
                        case DROP_LAYER -> true;
                        case NONE -> false;
                    };
            if (!more) {
                break;
            }
            head.add(token);
            held = held.add(BigDecimal.valueOf(counts.get(token)));
        }
        return List.copyOf(head);
    }

    private static double[] shares(long[] counts, double added) {
        double items = Arrays.stream(counts).sum() + added * counts.length;
        return Arrays.stream(counts)
                .mapToDouble(count -> items == 0 ? 0 : (count + added) / items)
                .toArray();
    }

    private static double entropy(double[] shares) {
        double entropy = 0;
        for (double share : shares) {
            entropy -= share == 0 ? 0 : share * Math.log(share);
        }
        return entropy;
    }

    private static void near(String what, Double found, double expected) {
        assertThat(found).as(what).isCloseTo(expected, within(PRECISION));
    }
}
