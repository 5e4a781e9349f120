package io.sidestream.hourglass;

import java.util.stream.IntStream;

/**
 * How far the token counts of one layer are from those of a reference, each with the value to
 * expect of two samples of the same distribution: no more than that is no drift.
 *
 * <p>The expected values hold where most tokens have ten items and more. Below that they are the
 * right order of magnitude as long as the two samples are of similar size: counts of a few items a
 * token come out up to a third farther by Jensen-Shannon divergence, and up to half less far by
 * PSI. Where one sample is tiny, or much smaller than the other and the tail of tokens long, they
 * are no guide.
 *
 * @param jensenShannon Jensen-Shannon distance: the root of the divergence in nats; 0 to sqrt(ln 2)
 * @param jensenShannonExpected its value from sampling noise alone
 * @param psi population stability index, {@code Σ (p - q) ln(p / q)}, with half an item added to
 *     every token of either side so that tokens without items count, but not infinitely
 * @param psiExpected its value from sampling noise alone
 */
public record Drift(
        double jensenShannon, double jensenShannonExpected, double psi, double psiExpected) {

    private static final double SMOOTHING = 0.5;

    /**
     * The drift of live counts from reference counts.
     *
     * @param live items per token
     * @param reference items per token
     * @throws IllegalArgumentException if they are not of the same length, or either has no items
     */
    public static Drift between(long[] live, long[] reference) {
        if (live.length != reference.length) {
            throw new IllegalArgumentException(
                    "The live counts are of %d tokens, the reference counts of %d"
                            .formatted(live.length, reference.length));
        }
        long liveItems = itemsOf("live", live);
        long referenceItems = itemsOf("reference", reference);
        double noise = degreesOfFreedom(live, reference) * (1.0 / liveItems + 1.0 / referenceItems);
        return new Drift(
                Math.sqrt(divergence(live, liveItems, reference, referenceItems)),
                Math.sqrt(Math.min(noise / 8, Math.log(2))),
                psi(live, liveItems, reference, referenceItems),
                noise);
    }

    /** Jensen-Shannon divergence in nats. */
    private static double divergence(
            long[] live, long liveItems, long[] reference, long referenceItems) {
        double doubled =
                IntStream.range(0, live.length)
                        .mapToDouble(
                                token -> {
                                    double p = (double) live[token] / liveItems;
                                    double q = (double) reference[token] / referenceItems;
                                    return toMiddle(p, q) + toMiddle(q, p);
                                })
                        .sum();
        return Math.max(0, doubled / 2); // rounding may leave equal shares a little below 0
    }

    /**
     * {@code p ln(p / m)}, m halfway to q; by their difference, so that shares that are almost
     * equal lose nothing to rounding and equal ones are at no distance at all.
     */
    private static double toMiddle(double p, double q) {
        return p == 0 ? 0 : p * Math.log1p((p - q) / (p + q));
    }

    private static double psi(long[] live, long liveItems, long[] reference, long referenceItems) {
        double liveMass = liveItems + SMOOTHING * live.length;
        double referenceMass = referenceItems + SMOOTHING * live.length;
        return IntStream.range(0, live.length)
                .mapToDouble(
                        token -> {
                            double p = (live[token] + SMOOTHING) / liveMass;
                            double q = (reference[token] + SMOOTHING) / referenceMass;
                            return (p - q) * Math.log(p / q);
                        })
                .sum();
    }

    /**
     * K - 1, K the tokens that have items on either side. In simulations of long tails, counting
     * all tokens overstated the noise of samples of equal size up to sixteenfold in the divergence
     * and thirtyfold in PSI.
     */
    private static long degreesOfFreedom(long[] live, long[] reference) {
        return IntStream.range(0, live.length)
                        .filter(token -> live[token] > 0 || reference[token] > 0)
                        .count()
                - 1;
    }

    private static long itemsOf(String which, long[] counts) {
        long items = Counts.sum(counts);
        if (items == 0) {
            throw new IllegalArgumentException(
                    "There is no drift without items, and the %s counts have none"
                            .formatted(which));
        }
        return items;
    }
}
