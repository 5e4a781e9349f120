package io.sidestream.local.screen;

import io.sidestream.hourglass.RankHistogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Bars of a layer's token counts, the most frequent token first. Several tokens share a column
 * where there are more of them than columns, and it is as high as their mean.
 */
final class LayerPicture {

    private static final String EIGHTHS = " ▁▂▃▄▅▆▇█";

    private final double[] heights;
    private final boolean[] dropped;

    private LayerPicture(double[] heights, boolean[] dropped) {
        this.heights = heights;
        this.dropped = dropped;
    }

    /**
     * Lays out the bars.
     *
     * @param counts items per token
     * @param head tokens that the remap plan drops
     * @param width columns that there are; all are used unless they cannot be shared out evenly
     */
    static LayerPicture of(List<Long> counts, BitSet head, int width) {
        Integer[] order = IntStream.range(0, counts.size()).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparing(counts::get, Comparator.reverseOrder()));
        int tokens = order.length;
        int columns = tokens <= width ? width / tokens * tokens : width;
        double evenShare =
                Math.max(1, counts.stream().mapToLong(Long::longValue).sum()) / (double) tokens;
        double[] heights = new double[columns];
        boolean[] dropped = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            int from = (int) ((long) column * tokens / columns);
            int to = Math.max(from + 1, (int) ((column + 1L) * tokens / columns));
            long items = 0;
            int inHead = 0;
            for (int rank = from; rank < to; rank++) {
                items += counts.get(order[rank]);
                inHead += head.get(order[rank]) ? 1 : 0;
            }
            heights[column] = items / evenShare / (to - from);
            dropped[column] = 2 * inHead > to - from;
        }
        return new LayerPicture(heights, dropped);
    }

    /**
     * Lays out the bars of a layer whose counts are reported by rank. Which tokens a plan drops is
     * not known, unless it drops them all.
     *
     * @param bins as {@link RankHistogram} has them
     * @param tokens of the layer
     * @param allDropped whether the remap plan drops the whole layer
     * @param width columns that there are
     */
    static LayerPicture ofRanks(List<Long> bins, int tokens, boolean allDropped, int width) {
        int columns = Math.min(width, bins.size());
        double evenShare =
                Math.max(1, bins.stream().mapToLong(Long::longValue).sum()) / (double) tokens;
        double[] heights = new double[columns];
        for (int column = 0; column < columns; column++) {
            int from = (int) ((long) column * bins.size() / columns);
            int to = (int) ((column + 1L) * bins.size() / columns);
            long items = bins.subList(from, to).stream().mapToLong(Long::longValue).sum();
            int ranks = RankHistogram.firstRank(to, tokens) - RankHistogram.firstRank(from, tokens);
            heights[column] = items / evenShare / ranks;
        }
        boolean[] dropped = new boolean[columns];
        Arrays.fill(dropped, allDropped);
        return new LayerPicture(heights, dropped);
    }

    /** The highest bar, in multiples of what every token would have if all had the same. */
    double highest() {
        return Arrays.stream(heights).max().orElse(0);
    }

    /**
     * Draws the bars in blocks of eighths of a row; one that is not empty is seen, however low. The
     * scale is that of square roots: beside a token of fifty times an even share, plain heights
     * would leave nothing to see of the others.
     *
     * @param rows of text, drawn from the top down
     * @param top the height of a bar that reaches the top
     * @param droppedStyle of the bars of tokens that the plan drops
     */
    List<String> draw(int rows, double top, UnaryOperator<String> droppedStyle) {
        List<String> lines = new ArrayList<>();
        for (int row = rows - 1; row >= 0; row--) {
            StringBuilder line = new StringBuilder();
            StringBuilder run = new StringBuilder();
            for (int column = 0; column < heights.length; column++) {
                if (column > 0 && dropped[column] != dropped[column - 1]) {
                    line.append(styled(run, dropped[column - 1], droppedStyle));
                }
                int eighths =
                        top == 0 ? 0 : (int) Math.ceil(Math.sqrt(heights[column] / top) * rows * 8);
                run.append(EIGHTHS.charAt(Math.min(8, Math.max(0, eighths - 8 * row))));
            }
            if (heights.length > 0) {
                line.append(styled(run, dropped[heights.length - 1], droppedStyle));
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private static String styled(StringBuilder run, boolean dropped, UnaryOperator<String> style) {
        String text = run.toString();
        run.setLength(0);
        return dropped ? style.apply(text) : text;
    }
}
