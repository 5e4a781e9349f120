package io.sidestream.local.commands;

import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.embedding.EmbeddingReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;

/**
 * The items of the demo: English words and their GloVe vectors.
 *
 * @param file a copy of the bundled file, for the user to try commands with
 * @param items what it holds
 */
record DemoCatalog(Path file, EmbeddingMatrix items) {

    private static final String RESOURCE = "/demo/words.npz";

    /** Copies the bundled file into a directory, and reads it. */
    static DemoCatalog unpack(Path directory) throws IOException {
        Path file = directory.resolve(Path.of(RESOURCE).getFileName().toString());
        try (InputStream bundled = DemoCatalog.class.getResourceAsStream(RESOURCE)) {
            if (bundled == null) {
                throw new IllegalStateException(RESOURCE + " is missing in this build");
            }
            Files.copy(bundled, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return new DemoCatalog(file, EmbeddingFile.readAll(file, null));
    }

    /** The vector of a word of the catalog. */
    float[] embedding(String word) {
        return embedding(items.ids().indexOf(word));
    }

    /** The vector of a row of the catalog. */
    float[] embedding(int row) {
        int dimension = items.dimension();
        return Arrays.copyOfRange(items.values(), row * dimension, (row + 1) * dimension);
    }

    EmbeddingReader reader() throws IOException {
        return EmbeddingFile.open(file, null);
    }

    /**
     * An item as it is sent.
     *
     * @param embedding of any length: mistakes are part of the demo
     */
    record Item(String id, float[] embedding) {}

    /** Hands over items as if they stood in a file. */
    static EmbeddingReader reader(List<Item> items) {
        return new ListReader(items);
    }

    private static final class ListReader implements EmbeddingReader {

        private final List<Item> items;
        private int row = -1;

        ListReader(List<Item> items) {
            this.items = items;
        }

        @Override
        public int dimension() {
            return items.get(0).embedding().length;
        }

        @Override
        public long count() {
            return items.size();
        }

        @Override
        public boolean next() {
            return ++row < items.size();
        }

        @Override
        public String id() {
            return items.get(row).id();
        }

        @Override
        public float[] embedding() {
            return items.get(row).embedding();
        }

        @Override
        public String position() {
            return "item " + row;
        }

        @Override
        public void close() {}
    }
}
