package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.kafka.CodebookWatch;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.InterruptException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        description = {
            "Run Kafka, Flink and the indexing job on this machine until stopped.",
            "Started again on the same data it goes on where it was, stopped or killed."
        })
final class UpCommand implements Callable<Integer> {

    private static final Duration POLL = Duration.ofSeconds(1);

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${sys:user.home}/.sidestream/data",
            description =
                    "Directory that everything is kept in, not to be moved (default:"
                            + " ${DEFAULT-VALUE}).")
    private Path directory;

    @Option(
            names = "--bootstrap-port",
            paramLabel = "P",
            defaultValue = "" + Commands.USUAL_PORT,
            description = "Port of Kafka; 0 for any free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Mixin private StackOptions stackOptions;

    private final Console console;

    UpCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        LocalStack.Settings settings = stackOptions.settings(port);
        try (DataDirectory data = DataDirectory.open(directory)) {
            LogFile.use(data.log());
            console.note("starting Kafka, Flink and the indexing job; log: " + LogFile.path());
            try (LocalStack stack = LocalStack.start(data, settings);
                    CodebookWatch codebooks = CodebookWatch.start(stack.connection())) {
                ready(data, stack);
                untilInterrupted(stack, codebooks);
                stack.stop();
                console.note(
                        "stopped; the next start on %s goes on from here".formatted(data.root()));
                return 0;
            }
        }
    }

    private void ready(DataDirectory data, LocalStack stack) {
        Topics topics = stack.connection().topics();
        console.println(console.bold("ready") + ": Kafka at " + stack.connection().bootstrap());
        console.println("  data         " + data.root());
        stack.restoredFrom().ifPresent(snapshot -> console.println("  goes on from " + snapshot));
        console.println(
                "  input        %s, %s".formatted(topics.itemEmbeddings(), topics.codebooks()));
        console.println(
                "  output       %s, %s"
                        .formatted(topics.updates("<codebook version>"), topics.deadLetters()));
    }

    private void untilInterrupted(LocalStack stack, CodebookWatch codebooks)
            throws InterruptedException {
        show(codebooks.live(), stack);
        try {
            while (true) {
                stack.requireHealthy();
                if (codebooks.poll(POLL)) {
                    show(codebooks.live(), stack);
                }
            }
        } catch (InterruptException e) {
            Thread.interrupted(); // it has done what it was for
        }
    }

    private void show(List<CodebookManifest> live, LocalStack stack) {
        if (live.isEmpty()) {
            console.println(
                    "no codebook is live: the job waits for one and leaves its input unread."
                            + " Publish one:");
            console.println(
                    "  %s codebook publish --version v1 --file FILE --activate%s"
                            .formatted(Commands.program(), Commands.reaching(stack.connection())));
        }
        for (CodebookManifest codebook : live) {
            console.println(
                    "codebook %s is %s: layers %s, dimension %d"
                            .formatted(
                                    codebook.getVersion(),
                                    codebook.getStatus(),
                                    codebook.getLayerSizes(),
                                    codebook.getDimension()));
        }
    }
}
