package io.sidestream.local.commands;

import java.util.Arrays;
import java.util.stream.LongStream;

/** How evenly items spread over the tokens of one layer. */
final class TokenSkew {

    private final long[] counts;

    /**
     * @param counts items per token, not copied; tokens without items count as zeros
     */
    TokenSkew(long[] counts) {
        this.counts = counts;
    }

    long items() {
        return LongStream.of(counts).sum();
    }

    long deadTokens() {
        return LongStream.of(counts).filter(count -> count == 0).count();
    }

    /** The share of the most frequent token. */
    double maxShare() {
        return (double) LongStream.of(counts).max().orElse(0) / Math.max(1, items());
    }

    /** In nats. */
    double entropy() {
        double items = items();
        return LongStream.of(counts)
                .filter(count -> count > 0)
                .mapToDouble(count -> -count / items * Math.log(count / items))
                .sum();
    }

    /** Entropy over that of an even spread; 1 for a layer of a single token. */
    double entropyRatio() {
        return counts.length == 1 ? 1 : entropy() / Math.log(counts.length);
    }

    /** The number of tokens that, evenly used, would have the same entropy. */
    double perplexity() {
        return Math.exp(entropy());
    }

    /** 0 for an even spread, towards 1 when few tokens have all items. */
    double gini() {
        long[] ascending = counts.clone();
        Arrays.sort(ascending);
        int tokens = ascending.length;
        double weighted = 0;
        for (int i = 1; i <= tokens; i++) {
            weighted += (double) (tokens + 1 - i) * ascending[i - 1];
        }
        return (tokens + 1.0) / tokens - 2 * weighted / ((double) tokens * Math.max(1, items()));
    }
}
