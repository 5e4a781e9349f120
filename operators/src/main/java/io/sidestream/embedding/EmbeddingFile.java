package io.sidestream.embedding;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Opens files of embeddings, told apart by their names:
 *
 * <ul>
 *   <li>{@code .npy}: one array (items, dimension) of float16, float32 or float64;
 *   <li>{@code .npz}: such an array named {@code embeddings}, and one named {@code ids};
 *   <li>{@code .jsonl} or {@code .ndjson}: {@code {"id": "...", "embedding": [...]}}, one a line.
 * </ul>
 *
 * <p>Ids of the first two may come from a text file, one a line; it takes precedence over the
 * array. Without either the row number, from 0, is the id.
 */
public final class EmbeddingFile {
    /** The longest array that every JVM can allocate. */
    private static final int MAX_VALUES = Integer.MAX_VALUE - 8;

    /** Random's first numbers hardly differ between small seeds: this sets them far apart. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private EmbeddingFile() {}

    /** What a file of embeddings may be. */
    public enum Kind {
        NPY,
        NPZ,
        JSONL;

        /**
         * What a file's name says.
         *
         * @throws EmbeddingFileException when it says nothing
         */
        static Kind of(Path file) throws EmbeddingFileException {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            if (name.endsWith(".npy")) {
                return NPY;
            }
            if (name.endsWith(".npz")) {
                return NPZ;
            }
            if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
                return JSONL;
            }
            throw new EmbeddingFileException(
                    file.toString(),
                    "is of no known kind: its name must end in .npy, .npz or .jsonl");
        }
    }

    /**
     * Opens a file to be read row by row.
     *
     * @param idsOrNull a text file of ids, one a line, or null
     * @throws EmbeddingFileException when the file is malformed, truncated or of the wrong shape
     */
    public static EmbeddingReader open(Path file, Path idsOrNull) throws IOException {
        return open(file, idsOrNull, Kind.of(file));
    }

    /** Opens a file as {@link #open(Path, Path)} does, whatever its name says. */
    public static EmbeddingReader open(Path file, Path idsOrNull, Kind kind) throws IOException {
        return switch (kind) {
            case NPY -> ArrayEmbeddingReader.openNpy(file, idsOrNull);
            case NPZ -> ArrayEmbeddingReader.openNpz(file, idsOrNull);
            case JSONL -> {
                if (idsOrNull != null) {
                    throw new EmbeddingFileException(
                            file.toString(), "has an id on every line: leave out " + idsOrNull);
                }
                yield JsonLinesReader.open(file);
            }
        };
    }

    /**
     * Reads a whole file into memory.
     *
     * @throws EmbeddingFileException also when rows differ in length, or are more than fit into one
     *     array
     */
    public static EmbeddingMatrix readAll(Path file, Path idsOrNull) throws IOException {
        try (EmbeddingReader reader = open(file, idsOrNull)) {
            return collect(file, reader, Long.MAX_VALUE, new Random(0));
        }
    }

    /**
     * Draws rows without replacement, every row with the same chance, in one pass (reservoir
     * sampling, Vitter's algorithm R). A file of at most {@code rows} rows comes whole and in
     * order.
     *
     * @param rows how many rows to draw, at least 1
     * @param seed the same seed gives the same rows on every machine
     * @throws EmbeddingFileException as {@link #readAll}
     */
    public static EmbeddingMatrix sample(Path file, Path idsOrNull, int rows, long seed)
            throws IOException {
        if (rows < 1) {
            throw new IllegalArgumentException("a sample has at least 1 row, not " + rows);
        }
        try (EmbeddingReader reader = open(file, idsOrNull)) {
            int fitting = MAX_VALUES / Math.max(1, reader.dimension());
            return collect(file, reader, Math.min(rows, fitting), new Random(seed * SPREAD));
        }
    }

    /** Reads a text file of ids: UTF-8, one a line. */
    public static List<String> readIds(Path file) throws IOException {
        return IdFile.readAll(file);
    }

    /** Keeps {@code limit} random rows. */
    private static EmbeddingMatrix collect(
            Path file, EmbeddingReader reader, long limit, Random random) throws IOException {
        int dimension = reader.dimension();
        if (dimension < 1) {
            throw new EmbeddingFileException(
                    file.toString(), "begins with an embedding that has no components");
        }
        int capacity = MAX_VALUES / dimension;
        long expected = Math.min(reader.count() < 0 ? 1024 : reader.count(), limit);
        if (expected > capacity) {
            throw tooLarge(file, dimension, capacity);
        }
        int first = (int) (reader.isCountCertain() ? expected : Math.min(expected, 1024));
        List<String> ids = new ArrayList<>(first);
        float[] values = enlarge(file, new float[0], first, dimension);
        long seen = 0;
        while (reader.next()) {
            if (reader.embedding().length != dimension) {
                throw new EmbeddingFileException(
                        file.toString(),
                        "%s has %d components, but the first embedding has %d"
                                .formatted(
                                        reader.position(), reader.embedding().length, dimension));
            }
            int slot = ids.size();
            if (slot < limit) {
                if (slot == capacity) {
                    throw tooLarge(file, dimension, capacity);
                }
                ids.add(reader.id());
            } else {
                // Random.nextDouble is specified to the bit; a bounded nextLong is not.
                double chosen = Math.floor(random.nextDouble() * (seen + 1));
                slot = chosen < limit ? (int) chosen : -1;
                if (slot >= 0) {
                    ids.set(slot, reader.id());
                }
            }
            if (slot >= 0) {
                if ((slot + 1) * dimension > values.length) {
                    int rows = (int) Math.min(2L * (slot + 1), capacity);
                    values = enlarge(file, values, rows, dimension);
                }
                System.arraycopy(reader.embedding(), 0, values, slot * dimension, dimension);
            }
            seen++;
        }
        int length = ids.size() * dimension;
        return new EmbeddingMatrix(
                ids, dimension, values.length == length ? values : Arrays.copyOf(values, length));
    }

    private static float[] enlarge(Path file, float[] values, int rows, int dimension)
            throws EmbeddingFileException {
        try {
            return Arrays.copyOf(values, rows * dimension);
        } catch (OutOfMemoryError e) { // one array that is too large: nothing else is harmed
            throw new EmbeddingFileException(
                    file.toString(),
                    "needs %,d MiB for %,d embeddings of dimension %d, more than is left of the %,d MiB that the process may use: give it more (-Xmx), or draw a smaller sample"
                            .formatted(
                                    (long) rows * dimension * Float.BYTES >> 20,
                                    rows,
                                    dimension,
                                    Runtime.getRuntime().maxMemory() >> 20),
                    e);
        }
    }

    private static EmbeddingFileException tooLarge(Path file, int dimension, int capacity) {
        return new EmbeddingFileException(
                file.toString(),
                "holds more than the %d embeddings of dimension %d that fit into one array in memory:"
                                .formatted(capacity, dimension)
                        + " draw a smaller sample");
    }
}
