package io.sidestream.hourglass;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A number that tells of skew or drift, named as its field in reports. */
public enum SkewMetric {
    ENTROPY(true),
    ENTROPY_RATIO(true),
    PERPLEXITY(true),
    GINI(true),
    STD(true),
    COEFFICIENT_OF_VARIATION(true),
    MAX_SHARE(true),
    DEAD_CODES(true),
    QUANTIZATION_ERROR(true),
    QUANTIZATION_ERROR_RATIO(true),
    JENSEN_SHANNON(true),
    PSI(true),
    PATH_UTILIZATION(false),
    COLLISION_RATE(false),
    SINGLETON_RATE(false);

    private final boolean ofLayer;

    SkewMetric(boolean ofLayer) {
        this.ofLayer = ofLayer;
    }

    /** Whether each layer has its own value; otherwise there is one across layers. */
    public boolean ofLayer() {
        return ofLayer;
    }

    /** The metric's name in reports and rules: {@code entropy_ratio}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The metric of a name as in reports and rules.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static SkewMetric parse(String name) {
        return Arrays.stream(values())
                .filter(metric -> metric.toString().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "Metric '%s' is not one of %s"
                                                .formatted(
                                                        name,
                                                        Arrays.stream(values())
                                                                .map(SkewMetric::toString)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                ", ")))));
    }
}
