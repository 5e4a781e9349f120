package io.sidestream.local.commands;

import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.Ingest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "delete",
        description = {
            "Delete items: write a null value for each to the input topic.",
            "Ids that no item has do no harm."
        })
final class DeleteCommand implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;

    @Option(
            names = "--ids",
            paramLabel = "FILE",
            required = true,
            description = "Ids of the items to delete, one a line; empty lines are passed over.")
    private Path ids;

    private final Console console;

    DeleteCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> gone = idsIn(ids);
        try (Ingest ingest = Ingest.open(connectionOptions.connection(), 0);
                Progress progress = Progress.start(console, "delete", gone.size(), "items")) {
            ingest.deletions(gone, progress);
        }
        return 0;
    }

    /** The ids of items to delete, of a file with one a line. */
    static List<String> idsIn(Path file) throws IOException {
        return EmbeddingFile.readIds(file).stream().filter(id -> !id.isEmpty()).toList();
    }
}
