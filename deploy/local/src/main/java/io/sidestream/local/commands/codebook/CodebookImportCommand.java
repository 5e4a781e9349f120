package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.ReferenceFacts;
import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.LiveItems;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "import",
        description = {
            "Make a codebook file of another tool's codebook.",
            "It may be",
            "  .npz          arrays codebook_0, codebook_1.., each codewords x dimension",
            "  .npy          one array, layers x codewords x dimension",
            "  .safetensors  tensors layer_1, layer_2.., each codewords x dimension",
            "  FAISS         an index file with a trained IndexResidualQuantizer"
        })
final class CodebookImportCommand implements Callable<Integer> {

    @Option(
            names = "--from",
            paramLabel = "FILE",
            required = true,
            description = "Codebook to import.")
    private Path from;

    @Mixin private CodebookOutput output;

    @Option(
            names = "--normalize",
            description =
                    "The codebook was trained on embeddings divided by their L2 norm, and wants"
                            + " them so.")
    private boolean normalize;

    /** What the codebook is held against later. */
    private static final class Reference {

        @Option(
                names = "--reference",
                paramLabel = "FILE",
                required = true,
                description =
                        "Embeddings that the codebook fits (.npy, .npz or .jsonl), at best those"
                                + " that it was trained on: how they spread over the tokens, and"
                                + " what these leave unexplained, is noted in the file; drift is"
                                + " measured against it.")
        private Path file;

        @Option(
                names = "--reference-topic",
                required = true,
                description =
                        "Do that with the items that are live in the topic item-embeddings, as of"
                                + " now.")
        private boolean topic;
    }

    @ArgGroup(exclusive = true)
    private Reference reference;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Reference embeddings to draw, at most (default: ${DEFAULT-VALUE}).")
    private int sample;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Decides which ones (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookImportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        CodebookInput input = CodebookInput.read(from, output.version(), null, normalize);
        output.write(
                reference == null ? input.codebook() : withReference(input.codebook()), console);
        return 0;
    }

    private Codebook withReference(Codebook codebook) throws IOException, InterruptedException {
        if (sample < 1) {
            throw new UserError("--sample must be at least 1, not %d".formatted(sample));
        }
        EmbeddingMatrix embeddings;
        Map<String, String> facts = Map.of();
        if (reference.topic) {
            TopicSample drawn =
                    TopicSample.draw(
                            connectionOptions.connection(),
                            new LiveItems.Wanted(
                                    sample, seed, codebook.dimension(), codebook.normalize()),
                            console);
            embeddings = drawn.items();
            facts = drawn.facts();
        } else {
            embeddings = EmbeddingFile.sample(reference.file, null, sample, seed);
        }
        try {
            return codebook.withFacts(ReferenceFacts.of(codebook, embeddings)).withFacts(facts);
        } catch (IllegalArgumentException e) {
            throw new UserError("cannot be a reference: " + e.getMessage(), e);
        }
    }
}
