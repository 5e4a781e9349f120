package io.sidestream.operators.watch;

import io.sidestream.quantize.RelativeResidual;

/**
 * How many items there are on every token.
 *
 * @param items all of them
 * @param tokens items per token, one array a layer, first layer first
 * @param residuals sums of the items' {@link RelativeResidual}s, one a layer
 */
record TokenCounts(long items, long[][] tokens, long[] residuals) {

    /** The mean of |r| / |x| after a layer, 1-based; null without items. */
    Double quantizationError(int layer) {
        return items == 0 ? null : RelativeResidual.mean(residuals[layer - 1], items);
    }
}
