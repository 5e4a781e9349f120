package io.sidestream.hourglass;

/** Items per token of one layer. */
final class Counts {

    private Counts() {}

    /**
     * All items.
     *
     * @throws IllegalArgumentException if there is no token or a negative count
     */
    static long sum(long[] counts) {
        if (counts.length == 0) {
            throw new IllegalArgumentException("A layer has at least one token, but counts none");
        }
        long sum = 0;
        for (int token = 0; token < counts.length; token++) {
            if (counts[token] < 0) {
                throw new IllegalArgumentException(
                        "Token %d has a negative count: %d".formatted(token, counts[token]));
            }
            sum = Math.addExact(sum, counts[token]);
        }
        return sum;
    }
}
