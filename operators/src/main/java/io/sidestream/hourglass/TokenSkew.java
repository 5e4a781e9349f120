package io.sidestream.hourglass;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * How unevenly items spread over the tokens of one layer. Tokens without items count as zeros.
 *
 * <p>Without items there is no entropy, the perplexity is 1, and everything else is 0 but {@code
 * deadCodes}. A layer of a single token has an entropy ratio of 1 once it has items: no spread
 * could be more even.
 *
 * @param items items on all tokens
 * @param tokens codewords K of the layer
 * @param entropy {@code -Σ p ln p}, in nats
 * @param entropyRatio entropy over {@code ln K}: 1 for an even spread
 * @param perplexity {@code exp(entropy)}: as many tokens, evenly used, would have the same entropy
 * @param gini 0 for an even spread, (K - 1) / K when one token has all items
 * @param std population standard deviation of the counts
 * @param coefficientOfVariation standard deviation over the mean count
 * @param maxShare share of the items that is on the most frequent token
 * @param deadCodes tokens without items
 */
public record TokenSkew(
        long items,
        int tokens,
        double entropy,
        double entropyRatio,
        double perplexity,
        double gini,
        double std,
        double coefficientOfVariation,
        double maxShare,
        int deadCodes) {

    /**
     * The skew of these counts; which token has which does not matter, to the last bit.
     *
     * @param counts items per token
     * @throws IllegalArgumentException if there is no token or a negative count
     */
    public static TokenSkew of(long[] counts) {
        long items = Counts.sum(counts);
        int tokens = counts.length;
        if (items == 0) {
            return new TokenSkew(0, tokens, 0, 0, 1, 0, 0, 0, 0, tokens);
        }
        long[] ascending = counts.clone();
        Arrays.sort(ascending);
        double entropy = entropy(ascending, items);
        double std = std(ascending, items);
        return new TokenSkew(
                items,
                tokens,
                entropy,
                tokens == 1 ? 1 : entropy / Math.log(tokens),
                Math.exp(entropy),
                gini(ascending, items),
                std,
                std * tokens / items,
                (double) ascending[tokens - 1] / items,
                (int) LongStream.of(counts).filter(count -> count == 0).count());
    }

    /** Streams add doubles with compensation, so that the number of tokens costs no accuracy. */
    private static double entropy(long[] ascending, long items) {
        double negative =
                LongStream.of(ascending)
                        .filter(count -> count > 0)
                        .mapToDouble(count -> (double) count / items)
                        .map(share -> share * Math.log(share))
                        .sum();
        return 0 - negative; // and not -negative, which would be -0 where one token has all
    }

    /**
     * {@code (K+1)/K - 2·Σ (K+1-i)·x_i / (K·N)}, its terms regrouped into differences of the i-th
     * largest and the i-th smallest count: none is negative, so that nothing cancels.
     */
    private static double gini(long[] ascending, long items) {
        int tokens = ascending.length;
        double weighted =
                IntStream.rangeClosed(1, tokens / 2)
                        .mapToDouble(
                                i ->
                                        (double) (tokens + 1 - 2 * i)
                                                * (ascending[tokens - i] - ascending[i - 1]))
                        .sum();
        return weighted / tokens / items;
    }

    /**
     * From the deviations of the whole number next to the mean: they are exact, and what that
     * number is off the mean, at most a half, takes little away from their squares.
     */
    private static double std(long[] ascending, long items) {
        int tokens = ascending.length;
        long center = Math.round((double) items / tokens);
        double squares =
                LongStream.of(ascending)
                        .mapToDouble(count -> count - center)
                        .map(deviation -> deviation * deviation)
                        .sum();
        double off = (double) (items - center * tokens) / tokens;
        return Math.sqrt(squares / tokens - off * off);
    }
}
