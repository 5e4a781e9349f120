package io.sidestream.local.console;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Lays out cells in columns.
 *
 * @param titles one a column
 * @param rows each with as many cells as there are titles
 */
record TextTable(List<String> titles, List<List<String>> rows) {

    private static final String GAP = "   ";
    private static final Pattern NUMBER =
            Pattern.compile("[-+]?[0-9][0-9,. ]*([eE][-+]?[0-9]+)?%?|-");

    /** The title line, styled as a whole, and one line a row. */
    Stream<String> lines(UnaryOperator<String> titleStyle) {
        int[] widths = IntStream.range(0, titles.size()).map(this::width).toArray();
        boolean[] toTheRight = new boolean[titles.size()];
        for (int column = 0; column < toTheRight.length; column++) {
            toTheRight[column] = holdsNumbers(column);
        }
        return Stream.concat(
                Stream.of(titleStyle.apply(line(titles, widths, toTheRight))),
                rows.stream().map(row -> line(row, widths, toTheRight)));
    }

    private static String line(List<String> cells, int[] widths, boolean[] toTheRight) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = cells.get(column);
            String padding = " ".repeat(widths[column] - length(cell));
            line.append(column == 0 ? "" : GAP)
                    .append(toTheRight[column] ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }

    private int width(int column) {
        return Stream.concat(Stream.of(titles), rows.stream())
                .mapToInt(row -> length(row.get(column)))
                .max()
                .orElse(0);
    }

    private boolean holdsNumbers(int column) {
        return !rows.isEmpty()
                && rows.stream().allMatch(row -> NUMBER.matcher(row.get(column)).matches());
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
