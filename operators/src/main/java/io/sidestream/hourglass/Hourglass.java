package io.sidestream.hourglass;

import java.util.List;
import java.util.OptionalDouble;

/**
 * All that was measured of one codebook version at one instant.
 *
 * @param items items that were counted
 * @param layers one a layer, first layer first
 * @param paths across layers; null where paths are not counted
 */
public record Hourglass(long items, List<Layer> layers, PathSkew paths) {

    public Hourglass {
        layers = List.copyOf(layers);
    }

    /**
     * What was measured of one layer.
     *
     * @param skew of its token counts
     * @param quantizationError what it leaves unexplained; null if unknown
     * @param drift from the codebook's reference histogram; null if there is none
     */
    public record Layer(TokenSkew skew, QuantizationError quantizationError, Drift drift) {}

    /**
     * The value of a metric; empty if it was not measured, or the codebook has no such layer.
     *
     * @param layer 1-based; of no matter for metrics across layers
     */
    public OptionalDouble value(SkewMetric metric, int layer) {
        Layer of = layer >= 1 && layer <= layers.size() ? layers.get(layer - 1) : null;
        if ((metric.ofLayer() ? of : paths) == null) {
            return OptionalDouble.empty();
        }
        Double value =
                switch (metric) {
                    case ENTROPY -> of.skew().entropy();
                    case ENTROPY_RATIO -> of.skew().entropyRatio();
                    case PERPLEXITY -> of.skew().perplexity();
                    case GINI -> of.skew().gini();
                    case STD -> of.skew().std();
                    case COEFFICIENT_OF_VARIATION -> of.skew().coefficientOfVariation();
                    case MAX_SHARE -> of.skew().maxShare();
                    case DEAD_CODES -> (double) of.skew().deadCodes();
                    case QUANTIZATION_ERROR ->
                            of.quantizationError() == null ? null : of.quantizationError().mean();
                    case QUANTIZATION_ERROR_RATIO ->
                            of.quantizationError() == null ? null : of.quantizationError().ratio();
                    case JENSEN_SHANNON -> of.drift() == null ? null : of.drift().jensenShannon();
                    case PSI -> of.drift() == null ? null : of.drift().psi();
                    case PATH_UTILIZATION -> paths.utilization();
                    case COLLISION_RATE -> paths.collisionRate();
                    case SINGLETON_RATE -> paths.singletonRate();
                };
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
