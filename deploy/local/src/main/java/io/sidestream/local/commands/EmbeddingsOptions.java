package io.sidestream.local.commands;

import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingReader;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;

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

    Path file() {
        return file;
    }

    /** May be null. */
    Path ids() {
        return ids;
    }

    EmbeddingReader open() throws IOException {
        return EmbeddingFile.open(file, ids);
    }
}
