package io.sidestream.local.commands;

import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.Ingest;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "ingest",
        description = {
            "Write a file of embeddings to the input topic.",
            "An item that is there already gets the new embedding."
        })
final class IngestCommand implements Callable<Integer> {

    @Mixin private EmbeddingsOptions embeddings;
    @Mixin private ConnectionOptions connectionOptions;
    @Spec private CommandSpec spec;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Items per second at most (default: as fast as possible).")
    private double rate;

    private final Console console;

    IngestCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new ParameterException(
                    spec.commandLine(), "--rate must be a positive number, not " + rate);
        }
        Connection connection = connectionOptions.connection();
        try (EmbeddingReader reader = embeddings.open()) {
            warnUnlessTaken(connection, reader.dimension());
            try (Ingest ingest = Ingest.open(connection, rate);
                    Progress progress =
                            Progress.start(console, "ingest", reader.count(), "items")) {
                ingest.embeddings(reader, progress);
            }
        }
        return 0;
    }

    /** A wrong file is better noticed now than by a dead letter for each of its items. */
    private void warnUnlessTaken(Connection connection, int dimension) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            if (!admin.names().contains(connection.topics().codebooks())) {
                return;
            }
        }
        List<CodebookManifest> live = new CodebookRegistry(connection).live();
        if (!live.isEmpty() && live.stream().noneMatch(one -> one.getDimension() == dimension)) {
            console.warn(
                    ("these embeddings have dimension %d, and no live codebook takes that"
                                    + " (%s): the job will refuse them")
                            .formatted(
                                    dimension,
                                    live.stream()
                                            .map(
                                                    one ->
                                                            "%s takes %d"
                                                                    .formatted(
                                                                            one.getVersion(),
                                                                            one.getDimension()))
                                            .collect(Collectors.joining(", "))));
        }
    }
}
