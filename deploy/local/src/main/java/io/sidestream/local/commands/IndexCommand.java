package io.sidestream.local.commands;

import io.sidestream.codebook.Codebook;
import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.local.UserError;
import io.sidestream.local.commands.codebook.CodebookInput;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.DeadLetterSummary;
import io.sidestream.local.kafka.Export;
import io.sidestream.local.kafka.Ingest;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.local.stack.Drain;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.schema.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "index",
        description = {
            "Index a file of embeddings once, and write the SID of every item as JSON lines:",
            Export.LINE,
            "in the order of the file. It runs the very job, on Kafka and Flink of its own."
        })
final class IndexCommand implements Callable<Integer> {

    private static final String STDOUT = "-";

    /** The version that a codebook is whose file does not say. */
    private static final String UNNAMED = "v1";

    @Mixin private EmbeddingsOptions embeddings;

    @Option(
            names = "--codebook",
            paramLabel = "FILE",
            required = true,
            description =
                    "Codebook: .safetensors, .npz, .npy or a FAISS residual quantizer, as for"
                            + " `codebook import`.")
    private Path codebookFile;

    @Option(
            names = "--version",
            paramLabel = "V",
            description =
                    "Name of the codebook version (default: the one in the file, or "
                            + UNNAMED
                            + " if it names none).")
    private String version;

    @Option(
            names = "--normalize",
            description =
                    "Another tool's codebook was trained on embeddings divided by their L2 norm.")
    private boolean normalize;

    @Option(
            names = "--delete",
            paramLabel = "FILE",
            description = "Item ids to delete after everything else, one a line.")
    private Path delete;

    @Option(
            names = "--export",
            paramLabel = "FILE",
            required = true,
            description = "File to write, or - for the standard output.")
    private String export;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Keep Kafka's and Flink's data there, and add to what is there already"
                            + " (default: a temporary directory).")
    private Path directory;

    @Mixin private IndexWatch watch;
    @Mixin private StackOptions stackOptions;

    private final Console console;

    IndexCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LocalStack.Settings settings = watch.configured(stackOptions.settings(0));
        if (!export.equals(STDOUT)) {
            OutputFile.requireWritable("--export", Path.of(export));
        }
        // All that can be wrong with the input is said before anything is started.
        Codebook codebook =
                CodebookInput.read(codebookFile, version, UNNAMED, normalize).codebook();
        watch.requirePossible(codebook);
        List<String> gone = delete == null ? List.of() : DeleteCommand.idsIn(delete);
        try (EmbeddingReader reader = embeddings.open()) {
            requireFit(reader, codebook);
            return run(settings, codebook, reader, gone);
        }
    }

    private void requireFit(EmbeddingReader reader, Codebook codebook) {
        if (reader.count() == 0 || reader.dimension() == codebook.dimension()) {
            return;
        }
        String problem =
                "%s holds embeddings of dimension %d, but the codebook %s takes %d"
                        .formatted(
                                embeddings.file(),
                                reader.dimension(),
                                codebookFile,
                                codebook.dimension());
        if (reader.count() > 0) {
            throw new UserError(problem);
        }
        console.warn(problem + "; others in the file may be of that dimension"); // rows may differ
    }

    private int run(
            LocalStack.Settings settings,
            Codebook codebook,
            EmbeddingReader reader,
            List<String> gone)
            throws IOException, InterruptedException {
        try (DataDirectory data =
                directory == null ? DataDirectory.temporary() : DataDirectory.open(directory)) {
            LogFile.use(data.log());
            console.note("starting Kafka, Flink and the indexing job; log: " + LogFile.path());
            try (LocalStack stack = LocalStack.start(data, settings)) {
                stack.activate(codebook);
                Instant begin = Instant.now();
                long sent = ingest(stack, reader, gone);
                drain(stack);
                Duration took = Duration.between(begin, Instant.now());
                watch.act(stack, codebook.version(), console);
                stack.stopJob();

                Export sids = Export.read(stack.connection(), codebook.version(), console);
                write(sids);
                console.note(
                        String.format(
                                Locale.ROOT,
                                "%,d embeddings in %.1f s (%,.0f items/s); %,d items have a SID%s",
                                sent,
                                took.toMillis() / 1e3,
                                sent / Math.max(1e-3, took.toMillis() / 1e3),
                                sids.items(),
                                export.equals(STDOUT) ? "" : ": " + export));
                show(DeadLetterSummary.read(stack.connection(), begin));
                return 0;
            }
        }
    }

    private long ingest(LocalStack stack, EmbeddingReader reader, List<String> gone)
            throws IOException, InterruptedException {
        try (Ingest ingest = Ingest.open(stack.connection(), 0)) {
            long sent;
            try (Progress progress = Progress.start(console, "ingest", reader.count(), "items")) {
                sent = ingest.embeddings(reader, progress);
            }
            if (!gone.isEmpty()) {
                try (Progress progress = Progress.start(console, "delete", gone.size(), "items")) {
                    ingest.deletions(gone, progress);
                }
            }
            return sent;
        }
    }

    private void drain(LocalStack stack) throws InterruptedException {
        Drain drain = Drain.of(stack);
        try (Progress progress = Progress.start(console, "index", drain.total(), "records")) {
            drain.await(progress::stepTo);
        }
    }

    private void write(Export sids) throws IOException {
        try {
            if (export.equals(STDOUT)) {
                sids.writeTo(console.out(), this::ids);
            } else {
                sids.writeTo(Path.of(export), this::ids);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void show(DeadLetterSummary refused) {
        if (refused.total() == 0) {
            return;
        }
        console.warn(
                String.format(
                        Locale.ROOT,
                        "%,d records were refused and are not indexed: %s",
                        refused.total(),
                        refused.byCause()));
        for (DeadLetter letter : refused.first()) {
            console.note(
                    "  key %s: %s"
                            .formatted(
                                    TailPrinter.key(letter),
                                    Console.printable(letter.getMessage())));
        }
    }

    /**
     * The ids in the order of the file, from the file: it is read once more rather than held in
     * memory.
     */
    private Iterator<String> ids() {
        try {
            return new EmbeddingIds(embeddings.open());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
