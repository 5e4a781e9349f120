package io.sidestream.embedding;

import java.io.IOException;

/** Gives the rows of a matrix, one after the other. */
@FunctionalInterface
interface RowSource {

    /** Fills {@code row} with the next row. */
    void read(float[] row) throws IOException;

    /** To be called after the last row. */
    default void expectEnd() throws IOException {}
}
