package io.sidestream.local.commands;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookTrainer;
import io.sidestream.codebook.TrainingOptions;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "train",
        description = {
            "Train a codebook on embeddings: residual k-means, layer by layer.",
            "The same file, options and seed give the same codebook, to the last bit."
        })
final class CodebookTrainCommand implements Callable<Integer> {

    @Option(
            names = "--embeddings",
            paramLabel = "FILE",
            required = true,
            description = "Embeddings to train on: .npy, .npz or .jsonl, as for `ingest`.")
    private Path embeddings;

    @Mixin private CodebookOutput output;

    @Option(
            names = "--layers",
            paramLabel = "SIZES",
            defaultValue = "256,256,256",
            converter = LayerSizes.Converter.class,
            description = "Codewords per layer (default: ${DEFAULT-VALUE}; also 3x256).")
    private LayerSizes layers;

    @Option(
            names = "--normalize",
            description = "Divide embeddings by their L2 norm, in training and ever after.")
    private boolean normalize;

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
                    "Embeddings to draw from the file, at most (default: 256 a codeword of the"
                            + " largest layer, but at least 100000).")
    private int sample;

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

    private final Console console;

    CodebookTrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Codebook codebook = train();
        output.write(codebook, console);
        console.println("");
        printLayers(console, codebook);
        return 0;
    }

    private Codebook train() throws IOException {
        try {
            TrainingOptions options =
                    TrainingOptions.builder(layers.toArray())
                            .normalize(normalize)
                            .seed(seed)
                            .maxIterations(iterations)
                            .sampleLimit(sample)
                            .batchSize(batchSize)
                            .threads(threads)
                            .build();
            try (TrainingBar bar = TrainingBar.start(console, options)) {
                return CodebookTrainer.train(output.version(), embeddings, options, bar);
            }
        } catch (IllegalArgumentException e) {
            throw new UserError("cannot train on %s: %s".formatted(embeddings, e.getMessage()), e);
        }
    }

    /** A table of how well each layer of a trained codebook fits its sample. */
    static void printLayers(Console console, Codebook codebook) {
        String[] errors = codebook.facts().get("relative_error").split(",", -1);
        List<List<String>> rows = new ArrayList<>();
        for (int layer = 1; layer <= codebook.layers(); layer++) {
            String histogram = codebook.facts().get("histogram.layer_" + layer);
            TokenSkew skew =
                    TokenSkew.of(
                            Arrays.stream(histogram.split(",", -1))
                                    .mapToLong(Long::parseLong)
                                    .toArray());
            rows.add(
                    List.of(
                            Integer.toString(layer),
                            Integer.toString(codebook.layerSize(layer)),
                            decimal(Double.parseDouble(errors[layer - 1])),
                            decimal(skew.entropyRatio()),
                            String.format(Locale.ROOT, "%.1f", skew.perplexity()),
                            decimal(skew.gini()),
                            Integer.toString(skew.deadCodes())));
        }
        console.table(
                List.of(
                        "layer",
                        "codewords",
                        "relative error",
                        "entropy ratio",
                        "perplexity",
                        "gini",
                        "dead"),
                rows);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
