package io.sidestream.codebook;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Matches rows of a sparse matrix with columns, each with at most one, so that the entries where
 * they meet add up to the most: the assignment problem. Augmenting paths are found by Dijkstra's
 * algorithm on prices (Jonker and Volgenant 1987; a row may also stay alone, as in Mehlhorn and
 * Näher's LEDA book, 7.8), in {@code O(rows * entries * log)} at worst, and mostly near the entries
 * of a few rows each.
 *
 * <p>All along, prices of rows and columns are at least 0, those of an entry's row and column add
 * up to at least the entry, and to just that where the two are matched; columns that are alone have
 * the price 0, and so have rows, once they were added. At the end this proves that no other
 * matching is worth more: any is worth at most the prices.
 */
final class Matching {
    private static final int NONE = -1;

    /** Entries of row i: from {@code starts[i]} to before {@code starts[i + 1]}. */
    private final int[] starts;

    /** Of each entry; there are at most as many as cells were named. */
    private final int[] columns;

    private final int[] values;

    private final int[] rowPrices;
    private final int[] columnPrices;
    private final int[] columnOfRow;
    private final int[] rowOfColumn;

    /** Of the search under way: distance of each column from its root, and the row before it. */
    private final int[] distances;

    private final int[] rowBefore;

    /** Columns that the search has met, {@code met} of them. */
    private final int[] meetings;

    private int met;

    /** Columns whose rows are to be looked at: the distance, then the column. */
    private final PriorityQueue<Long> queue = new PriorityQueue<>();

    /** How far the nearest end of a path is that was found so far, and which it is. */
    private int bound;

    private int endColumn;
    private int endRow;

    private Matching(int rows, int columnCount, long[] cells) {
        this.starts = new int[rows + 1];
        this.columns = new int[cells.length];
        this.values = new int[cells.length];
        this.rowPrices = new int[rows];
        this.columnPrices = new int[columnCount];
        this.columnOfRow = new int[rows];
        this.rowOfColumn = new int[columnCount];
        this.distances = new int[columnCount];
        this.rowBefore = new int[columnCount];
        this.meetings = new int[columnCount];
        Arrays.fill(columnOfRow, NONE);
        Arrays.fill(rowOfColumn, NONE);
        Arrays.fill(distances, Integer.MAX_VALUE);
        count(cells);
    }

    /**
     * Finds the matching of the largest sum; the same one every time.
     *
     * @param cells a cell of the matrix, {@code row << 32 | column}, as many times as the value
     *     that stands there; ascending
     * @return the column of each row, or -1
     */
    static int[] of(int rows, int columns, long[] cells) {
        Matching matching = new Matching(rows, columns, cells);
        for (int row = 0; row < rows; row++) {
            matching.add(row);
        }
        return matching.columnOfRow;
    }

    private void count(long[] cells) {
        int entry = NONE;
        for (int i = 0; i < cells.length; i++) {
            int row = (int) (cells[i] >>> 32);
            if (i == 0 || cells[i] != cells[i - 1]) {
                columns[++entry] = (int) cells[i];
                starts[row + 1]++;
            }
            values[entry]++;
            rowPrices[row] = Math.max(rowPrices[row], values[entry]);
        }
        for (int row = 1; row < starts.length; row++) {
            starts[row] += starts[row - 1];
        }
    }

    /** Makes the matching the best with this row, too. */
    private void add(int root) {
        bound = rowPrices[root];
        endRow = root;
        endColumn = NONE;
        look(root, 0);
        while (!queue.isEmpty()) {
            long nearest = queue.remove();
            int distance = (int) (nearest >>> 32);
            int column = (int) nearest;
            if (distance >= bound) {
                break;
            }
            if (distance > distances[column]) {
                continue; // it was met again, nearer, and has been looked at
            }
            int row = rowOfColumn[column];
            if (distance + rowPrices[row] < bound) {
                bound = distance + rowPrices[row];
                endRow = row;
                endColumn = NONE;
            }
            look(row, distance);
        }
        queue.clear();
        reprice(root);
        augment();
    }

    /** Meets the columns of a row's entries. */
    private void look(int row, int distance) {
        for (int entry = starts[row]; entry < starts[row + 1]; entry++) {
            int column = columns[entry];
            int farther = distance + rowPrices[row] + columnPrices[column] - values[entry];
            if (farther >= bound || farther >= distances[column]) {
                continue;
            }
            if (distances[column] == Integer.MAX_VALUE) {
                meetings[met++] = column;
            }
            distances[column] = farther;
            rowBefore[column] = row;
            if (rowOfColumn[column] == NONE) {
                bound = farther;
                endColumn = column;
                endRow = NONE;
            } else {
                queue.add((long) farther << 32 | column);
            }
        }
    }

    /** Makes every entry on the path to the end worth just its prices. */
    private void reprice(int root) {
        rowPrices[root] -= bound;
        for (int i = 0; i < met; i++) {
            int column = meetings[i];
            int change = bound - distances[column];
            if (change > 0) {
                columnPrices[column] += change;
                rowPrices[rowOfColumn[column]] -= change;
            }
            distances[column] = Integer.MAX_VALUE;
        }
        met = 0;
    }

    /** Matches anew along the path from the end back to the root. */
    private void augment() {
        int column = endColumn;
        if (endRow != NONE) {
            column = columnOfRow[endRow];
            columnOfRow[endRow] = NONE;
        }
        while (column != NONE) {
            int row = rowBefore[column];
            int next = columnOfRow[row];
            columnOfRow[row] = column;
            rowOfColumn[column] = row;
            column = next;
        }
    }
}
