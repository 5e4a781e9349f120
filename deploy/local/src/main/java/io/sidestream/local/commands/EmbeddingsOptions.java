package io.sidestream.local.commands;

import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingReader;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that name a file of embeddings. */
final class EmbeddingsOptions {

    @Option(
            names = "--embeddings",
            paramLabel = "FILE",
            required = true,
            description = {
                "Embeddings: .npy (items x dimension), .npz (arrays embeddings and ids)",
                "or .jsonl ({\"id\": \"...\", \"embedding\": [...]} on every line)."
            })
    private Path file;

    @Option(
            names = "--ids",
            paramLabel = "FILE",
            description =
                    "Item ids of an .npy or .npz file, one a line (default: those in the .npz, or"
                            + " row numbers from 0).")
    private Path ids;

    @Option(
            names = "--format",
            paramLabel = "KIND",
            description = "npy, npz or jsonl (default: what the file's name says).")
    private EmbeddingFile.Kind kind;

    Path file() {
        return file;
    }

    EmbeddingReader open() throws IOException {
        return kind == null ? EmbeddingFile.open(file, ids) : EmbeddingFile.open(file, ids, kind);
    }
}
