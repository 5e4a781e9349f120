package io.sidestream.hourglass;

/**
 * How much of the embeddings a layer leaves unexplained, beside what it left of the sample that the
 * codebook was made with: the more, the less the codebook fits the catalog of today.
 *
 * @param mean over the items of |r| / |x|, r what the layer leaves of x; null without items
 * @param expected the same of the sample; null if unknown
 */
public record QuantizationError(Double mean, Double expected) {

    /** Mean over expected; null where either is unknown, or nothing was left of the sample. */
    public Double ratio() {
        return mean == null || expected == null || expected == 0 ? null : mean / expected;
    }
}
