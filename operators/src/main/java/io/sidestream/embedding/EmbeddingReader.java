package io.sidestream.embedding;

import java.io.Closeable;
import java.io.IOException;

/**
 * Walks over the embeddings of one file, in file order:
 *
 * <pre>{@code
 * try (EmbeddingReader reader = EmbeddingFile.open(path, null)) {
 *     while (reader.next()) {
 *         consume(reader.id(), reader.embedding());
 *     }
 * }
 * }</pre>
 *
 * <p>Values are handed over as the file has them: NaN and infinity, empty ids and, in {@code
 * .jsonl}, rows of another length are for the consumer to judge. Not thread-safe.
 */
public interface EmbeddingReader extends Closeable {

    /** Components of an embedding; for {@code .jsonl}, where rows may differ, of the first one. */
    int dimension();

    /** Embeddings in the whole file, or -1 when only reading to the end would tell. */
    long count();

    /** Whether the bytes of as many rows are known to be there, and not only claimed. */
    default boolean isCountCertain() {
        return true;
    }

    /**
     * Moves to the next embedding.
     *
     * @return whether there was one
     * @throws EmbeddingFileException when the file is malformed or ends too early; after a {@link
     *     MalformedLineException}, and no other, the next embedding can be asked for
     */
    boolean next() throws IOException;

    /** Id of the current embedding. */
    String id();

    /**
     * The current embedding. The array belongs to the reader, which overwrites it in {@link
     * #next()}: copy what is to be kept.
     */
    float[] embedding();

    /** Where the current embedding stands, for messages: {@code "row 7"} or {@code "line 8"}. */
    String position();
}
