package io.sidestream.local.commands;

import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.embedding.MalformedLineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The ids in a file of embeddings, in its order. Closes the reader when it is at its end. */
final class EmbeddingIds implements Iterator<String> {

    private final EmbeddingReader reader;
    private String next;

    EmbeddingIds(EmbeddingReader reader) throws IOException {
        this.reader = reader;
        advance();
    }

    private void advance() throws IOException {
        while (true) {
            try {
                next = reader.next() ? reader.id() : null;
                break;
            } catch (MalformedLineException e) {
                // No item: what stands behind it comes next.
            }
        }
        if (next == null) {
            reader.close();
        }
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public String next() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        String current = next;
        try {
            advance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return current;
    }
}
