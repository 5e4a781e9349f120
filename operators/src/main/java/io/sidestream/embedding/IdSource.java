package io.sidestream.embedding;

import java.io.Closeable;
import java.io.IOException;

/** Gives the ids of a file's embeddings, one after the other, as many as there are embeddings. */
interface IdSource extends Closeable {

    String next() throws IOException;

    /** To be called after the last id. */
    default void expectEnd() throws IOException {}

    /** Row numbers from 0, as decimal text. */
    static IdSource rowNumbers() {
        return new IdSource() {
            private long row;

            @Override
            public String next() {
                return Long.toString(row++);
            }

            @Override
            public void close() {}
        };
    }
}
