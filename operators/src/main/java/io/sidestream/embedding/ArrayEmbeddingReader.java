package io.sidestream.embedding;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Reads {@code .npy} and {@code .npz}. */
final class ArrayEmbeddingReader implements EmbeddingReader {
    private static final int MAX_DIMENSION = 1 << 20;

    private final long count;
    private final boolean countCertain;
    private final float[] row;
    private final RowSource rows;
    private final IdSource ids;
    private final Resources resources;

    private long done;
    private String id;

    private ArrayEmbeddingReader(
            NpyReader array,
            RowSource rows,
            IdSource ids,
            Resources resources,
            boolean countCertain) {
        this.count = rows(array);
        this.countCertain = countCertain;
        this.row = new float[dimension(array)];
        this.rows = rows;
        this.ids = ids;
        this.resources = resources;
    }

    /** Opens an {@code .npy} file; without ids, row numbers are used. */
    static EmbeddingReader openNpy(Path file, Path idsOrNull) throws IOException {
        Resources resources = new Resources();
        try {
            NpyReader array = requireMatrix(resources.add(NpyReader.open(file)));
            RowSource rows =
                    array.fortranOrder()
                            ? new FortranRows(
                                    resources.add(FileChannel.open(file)),
                                    array,
                                    rows(array),
                                    dimension(array))
                            : sequentialRows(array);
            IdSource ids =
                    idsOrNull == null
                            ? IdSource.rowNumbers()
                            : resources.add(IdFile.open(idsOrNull, rows(array), array.source()));
            return new ArrayEmbeddingReader(array, rows, ids, resources, true);
        } catch (IOException | RuntimeException e) {
            resources.closeAfter(e);
            throw e;
        }
    }

    /**
     * Opens an {@code .npz} archive with the arrays {@code embeddings} and, unless ids are given,
     * {@code ids}; with neither, row numbers are used.
     */
    static EmbeddingReader openNpz(Path file, Path idsOrNull) throws IOException {
        Resources resources = new Resources();
        try {
            NpzFile archive = resources.add(NpzFile.open(file));
            NpyReader array = requireMatrix(resources.add(archive.array("embeddings")));
            // An archive cannot be read out of order, so an array in Fortran order is held whole.
            RowSource rows = array.fortranOrder() ? wholeRows(array) : sequentialRows(array);
            IdSource ids;
            if (idsOrNull != null) {
                ids = resources.add(IdFile.open(idsOrNull, rows(array), array.source()));
            } else if (archive.names().contains("ids")) {
                ids = arrayIds(resources.add(archive.array("ids")), rows(array));
            } else {
                ids = IdSource.rowNumbers();
            }
            return new ArrayEmbeddingReader(array, rows, ids, resources, false);
        } catch (IOException | RuntimeException e) {
            resources.closeAfter(e);
            throw e;
        }
    }

    @Override
    public int dimension() {
        return row.length;
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public boolean isCountCertain() {
        return countCertain;
    }

    @Override
    public boolean next() throws IOException {
        if (done == count) {
            rows.expectEnd();
            ids.expectEnd();
            return false;
        }
        rows.read(row);
        id = ids.next();
        done++;
        return true;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public float[] embedding() {
        return row;
    }

    @Override
    public String position() {
        return "row " + (done - 1);
    }

    @Override
    public void close() throws IOException {
        resources.close();
    }

    private static NpyReader requireMatrix(NpyReader array) throws EmbeddingFileException {
        array.requireFloats();
        long[] shape = array.shape();
        if (shape.length != 2) {
            throw new EmbeddingFileException(
                    array.source(),
                    "has shape "
                            + array.shapeText()
                            + ", but embeddings are a matrix (items, dimension): reshape it");
        }
        if (shape[1] < 1 || shape[1] > MAX_DIMENSION) {
            throw new EmbeddingFileException(
                    array.source(),
                    "has shape %s: the dimension, its second number, must be from 1 to %d"
                            .formatted(array.shapeText(), MAX_DIMENSION));
        }
        return array;
    }

    private static long rows(NpyReader array) {
        return array.shape()[0];
    }

    private static int dimension(NpyReader array) {
        return (int) array.shape()[1];
    }

    private static RowSource sequentialRows(NpyReader array) {
        return new RowSource() {
            @Override
            public void read(float[] row) throws IOException {
                array.readFloats(row, 0, row.length);
            }

            @Override
            public void expectEnd() throws IOException {
                array.expectEnd();
            }
        };
    }

    private static RowSource wholeRows(NpyReader array) throws IOException {
        float[] values = array.readAllFloats();
        return new RowSource() {
            private int next;

            @Override
            public void read(float[] row) {
                System.arraycopy(values, next, row, 0, row.length);
                next += row.length;
            }
        };
    }

    private static IdSource arrayIds(NpyReader ids, long count) throws EmbeddingFileException {
        if (!ids.type().isText() && !ids.type().isInteger()) {
            throw new EmbeddingFileException(
                    ids.source(),
                    "has elements of type "
                            + ids.dtype()
                            + ", but ids are text or integers: convert with .astype(str)");
        }
        long[] shape = ids.shape();
        if (shape.length != 1 || shape[0] != count) {
            throw new EmbeddingFileException(
                    ids.source(),
                    "has shape %s, but for %d embeddings it must be (%d,)"
                            .formatted(ids.shapeText(), count, count));
        }
        return new IdSource() {
            @Override
            public String next() throws IOException {
                return ids.readId();
            }

            @Override
            public void expectEnd() throws IOException {
                ids.expectEnd();
            }

            @Override
            public void close() throws IOException {
                ids.close();
            }
        };
    }

    /** What a reader has opened, closed in reverse order. */
    private static final class Resources implements Closeable {
        private final Deque<Closeable> opened = new ArrayDeque<>();

        <T extends Closeable> T add(T resource) {
            opened.push(resource);
            return resource;
        }

        @Override
        public void close() throws IOException {
            IOException failure = null;
            while (!opened.isEmpty()) {
                try {
                    opened.pop().close();
                } catch (IOException e) {
                    failure = e;
                }
            }
            if (failure != null) {
                throw failure;
            }
        }

        void closeAfter(Exception cause) {
            try {
                close();
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
