package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookTrainer;
import io.sidestream.codebook.TrainingOptions;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.LiveItems;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "train",
        description = {
            "Train a codebook on embeddings: residual k-means, layer by layer.",
            "The same embeddings, options and seed give the same codebook, to the last bit."
        })
final class CodebookTrainCommand implements Callable<Integer> {

    /** Where the embeddings come from. */
    private static final class Source {

        @Option(
                names = "--embeddings",
                paramLabel = "FILE",
                required = true,
                description = "Embeddings to train on: .npy, .npz or .jsonl, as for `ingest`.")
        private Path embeddings;

        @Option(
                names = "--from-topic",
                required = true,
                description =
                        "Train on the items that are live in the topic item-embeddings, or a sample"
                                + " of them.")
        private boolean topic;
    }

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Source source;

    @Mixin private CodebookOutput output;

    @Option(
            names = "--layers",
            paramLabel = "SIZES",
            converter = LayerSizes.Converter.class,
            description =
                    "Codewords per layer (default: 256,256,256, or those of --warm-start; also"
                            + " 3x256).")
    private LayerSizes layers;

    @Option(
            names = "--normalize",
            description =
                    "Divide embeddings by their L2 norm, in training and ever after; a codebook to"
                            + " start from says so itself.")
    private boolean normalize;

    @Option(
            names = "--warm-start",
            paramLabel = "FILE|VERSION",
            description =
                    "Begin with the codewords of this codebook file, or else of this published"
                            + " version: tokens keep about their meaning, and training takes fewer"
                            + " passes.")
    private String warmStart;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of everything random (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "25",
            description = "Passes over the sample per layer, at most (default: ${DEFAULT-VALUE}).")
    private int iterations;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Embeddings to draw, at most (default: 256 a codeword of the largest layer, but"
                            + " at least 100000).")
    private int sample;

    @Option(
            names = "--dimension",
            paramLabel = "D",
            defaultValue = "0",
            description =
                    "Take embeddings of this dimension from the topic (default: that of"
                            + " --warm-start, or the commonest one).")
    private int dimension;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "0",
            description = {
                "Embeddings after which codewords are moved: mini-batches converge in fewer",
                "passes on samples of millions (default: whole passes)."
            })
    private int batchSize;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads; does not change the result (default: all processors).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookTrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Codebook codebook = train();
        output.write(codebook, console);
        console.println("");
        LayerTable.print(console, codebook);
        return 0;
    }

    private Codebook train() throws IOException, InterruptedException {
        Connection connection = connectionOptions.connection();
        Codebook start = warmStart == null ? null : WarmStart.read(warmStart, connection);
        try {
            TrainingOptions options = options(start);
            if (!source.topic) {
                try (TrainingBar bar = TrainingBar.start(console, options)) {
                    return CodebookTrainer.train(output.version(), source.embeddings, options, bar);
                }
            }
            TopicSample drawn =
                    TopicSample.draw(
                            connection,
                            new LiveItems.Wanted(
                                    options.effectiveSampleLimit(),
                                    seed,
                                    dimension == 0 && start != null ? start.dimension() : dimension,
                                    options.normalize()),
                            console);
            try (TrainingBar bar = TrainingBar.start(console, options)) {
                return CodebookTrainer.train(output.version(), drawn.items(), options, bar)
                        .withFacts(drawn.facts());
            }
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    "cannot train on %s: %s"
                            .formatted(
                                    source.topic
                                            ? "topic " + connection.topics().itemEmbeddings()
                                            : source.embeddings,
                                    e.getMessage()),
                    e);
        }
    }

    private TrainingOptions options(Codebook startOrNull) {
        int[] sizes = {256, 256, 256};
        if (layers != null) {
            sizes = layers.toArray();
        } else if (startOrNull != null) {
            sizes = startOrNull.layerSizes();
        }
        return TrainingOptions.builder(sizes)
                .normalize(normalize || (startOrNull != null && startOrNull.normalize()))
                .seed(seed)
                .maxIterations(iterations)
                .sampleLimit(sample)
                .batchSize(batchSize)
                .threads(threads)
                .warmStart(startOrNull)
                .build();
    }
}
