package io.sidestream.quantize;

/**
 * The innermost loop of the vector kernel: scores of a few rows against a few vectors of codewords,
 * which all stay in registers while the coordinates of one slab pass. Implementations differ in
 * shape only, and hold no state.
 */
interface Tile {

    /** Rows of residuals. */
    int rows();

    /** Vectors of codewords; so many times the lanes of a vector are the width of a panel. */
    int vectors();

    /**
     * For every row i and codeword k of the tile: {@code score = start}, then {@code score =
     * fma(-r_it, c_kt, score)} for each coordinate t of the slab in order.
     *
     * @param panel codewords of the panel: those of each vector coordinate by coordinate, the first
     *     vector's from {@code panelAt}, the next one's {@code panelStride} further, and so on
     * @param negated negated residuals, rows {@link ResidualBlock#SLAB} apart, from {@code rowAt}
     * @param width the number of coordinates
     * @param start where scores start from: row i at {@code startAt + i * startStride}
     * @param scores receives the scores: rows as wide as the panel, from {@code scoresAt}; may be
     *     {@code start}
     */
    void accumulate(
            float[] panel,
            int panelAt,
            int panelStride,
            float[] negated,
            int rowAt,
            int width,
            float[] start,
            int startAt,
            int startStride,
            float[] scores,
            int scoresAt);
}
