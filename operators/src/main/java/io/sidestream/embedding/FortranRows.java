package io.sidestream.embedding;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Rows of an {@code .npy} file in Fortran order, where a column is contiguous and a row is strewn
 * over the file: for a block of rows at a time, the piece of every column is fetched by position.
 */
final class FortranRows implements RowSource {
    /** Rows of a block: enough that a seek for each column's piece of it does not matter. */
    private static final int BLOCK_ROWS = 1 << 13;

    private static final int MAX_BLOCK_VALUES = 1 << 25;

    private final FileChannel file;
    private final NpyReader array;
    private final long rows;
    private final int dimension;
    private final ByteBuffer piece;
    private final float[] column;

    /** The block, transposed to rows. */
    private final float[] block;

    private long blockStart;
    private int blockRows;
    private int next;

    FortranRows(FileChannel file, NpyReader array, long rows, int dimension) {
        this.file = file;
        this.array = array;
        this.rows = rows;
        this.dimension = dimension;
        int fitting = Math.max(1, Math.min(BLOCK_ROWS, MAX_BLOCK_VALUES / dimension));
        int capacity = (int) Math.max(1, Math.min(rows, fitting));
        this.piece =
                ByteBuffer.allocate(capacity * array.type().size()).order(array.type().order());
        this.column = new float[capacity];
        this.block = new float[capacity * dimension];
    }

    @Override
    public void read(float[] row) throws IOException {
        if (next == blockRows) {
            fetchBlock();
        }
        System.arraycopy(block, next * dimension, row, 0, dimension);
        next++;
    }

    private void fetchBlock() throws IOException {
        blockStart += blockRows;
        blockRows = (int) Math.min(column.length, rows - blockStart);
        next = 0;
        int size = array.type().size();
        for (int t = 0; t < dimension; t++) {
            piece.clear().limit(blockRows * size);
            long position = array.headerLength() + (t * rows + blockStart) * size;
            while (piece.hasRemaining()) {
                int got = file.read(piece, position + piece.position());
                if (got < 0) {
                    throw new EmbeddingFileException(
                            array.source(), "became shorter while it was read");
                }
            }
            array.type().toFloats(piece.flip(), column, 0, blockRows);
            for (int i = 0; i < blockRows; i++) {
                block[i * dimension + t] = column[i];
            }
        }
    }
}
