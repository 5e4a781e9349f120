package io.sidestream.hourglass;

/**
 * How sparsely items fill the paths of a codebook, of the SIDs as published.
 *
 * <p>Items and paths are counted in different places. While changes are on their way from one to
 * the other there can be more paths than items; rates stay within 0 and 1 all the same.
 *
 * @param items items on all paths
 * @param distinct paths that have items
 * @param singletons paths that have one item
 * @param utilization distinct paths over the product of the layers' tokens
 * @param collisionRate 1 - distinct paths / items
 * @param singletonRate share of the items that are alone on their path
 */
public record PathSkew(
        long items,
        long distinct,
        long singletons,
        double utilization,
        double collisionRate,
        double singletonRate) {

    /**
     * The rates of these counts; all are 0 without items.
     *
     * @param layerSizes tokens of each layer
     */
    public static PathSkew of(long items, long distinct, long singletons, int[] layerSizes) {
        if (items == 0) {
            return new PathSkew(0, distinct, singletons, 0, 0, 0);
        }
        double paths = 1;
        for (int tokens : layerSizes) {
            paths *= tokens;
        }
        return new PathSkew(
                items,
                distinct,
                singletons,
                distinct / paths,
                Math.max(0, (double) (items - distinct) / items),
                Math.min(1, (double) singletons / items));
    }
}
