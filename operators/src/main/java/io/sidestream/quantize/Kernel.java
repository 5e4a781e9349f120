package io.sidestream.quantize;

/**
 * A way of keeping codewords, of finding the nearest ones, and of subtracting them; every
 * implementation does it to the same last bit.
 */
interface Kernel {

    /** What is shown to a person, for example {@code scalar} or {@code vector(512)}. */
    String name();

    /** How blocks of residuals for this kernel compute. */
    RowArithmetic rows();

    /** A search with scratch of its own, for one thread, over blocks of this shape. */
    Search newSearch(ResidualBlock block);

    /** Searches, and reduces, the block that it was made for; not thread-safe. */
    interface Search {

        /**
         * Writes the code of each row of the block to {@code codes[row]}.
         *
         * <p>The score of codeword k is {@code h_k - r.c_k} in float32: starting from half the
         * squared norm, one fused multiply-add for each coordinate, in index order. The lowest
         * score wins, among equals the lowest index. A score that is not below positive infinity
         * never wins; where there is no other, the code is 0.
         *
         * @param layer 0-based
         */
        void nearest(int layer, int[] codes);

        /**
         * Subtracts from the residual of each row of the block the codeword that {@code codes[row]}
         * names.
         *
         * @param layer 0-based
         */
        void subtract(int layer, int[] codes);
    }
}
