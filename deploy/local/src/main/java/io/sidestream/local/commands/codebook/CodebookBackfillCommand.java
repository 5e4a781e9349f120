package io.sidestream.local.commands.codebook;

import io.sidestream.local.commands.Commands;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.stack.Backfill;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "backfill",
        description = {
            "Fill a version with the items that were indexed before it was published: reads their",
            "embeddings once more, with Flink in this process, while the indexing job goes on.",
            "When all are indexed, the version becomes READY. Stopped, it goes on where it was",
            "when it is started again."
        })
final class CodebookBackfillCommand implements Callable<Integer> {

    private static final int MOST_SUBTASKS = 128;

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "VERSION", description = "One that is published, and not retired.")
    private String version;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description =
                    "Read at most N embeddings a second, to leave the indexing job its share"
                            + " (default: no limit).")
    private double rate;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            description = "Subtasks of every operator (default: one a processor, at most 4).")
    private int parallelism = LocalStack.Settings.defaultParallelism();

    @Option(
            names = "--again",
            description = {
                "Begin anew, instead of where an earlier backfill of the version has ended: for an"
                        + " index that was restored from before it."
            })
    private boolean again;

    @Option(names = "--no-wait", description = "Go on in the background, in a process of its own.")
    private boolean noWait;

    @Mixin private JobGroupOption job;
    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookBackfillCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new ParameterException(
                    spec.commandLine(), "--rate must not be negative, but is " + rate);
        }
        if (parallelism < 1 || parallelism > MOST_SUBTASKS) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--parallelism must be from 1 to %d, not %d"
                            .formatted(MOST_SUBTASKS, parallelism));
        }
        Connection connection = connectionOptions.connection();
        CodebookManifest manifest = new CodebookRegistry(connection).read().require(version);
        if (noWait) {
            inTheBackground(connection);
        } else {
            run(connection, manifest);
        }
        return 0;
    }

    /** Reads the codebook from where the indexing job has it from. */
    private void run(Connection connection, CodebookManifest manifest) throws InterruptedException {
        console.note("starting Flink; log: " + LogFile.path());
        try (Bar bar = new Bar(console)) {
            String store = URI.create(manifest.getUri()).resolve(".").toString();
            new Backfill(version, store, job.group(), rate, parallelism, again)
                    .run(connection, bar);
        } catch (InterruptedException e) {
            console.note("stopped; the same command goes on where it was");
            throw e;
        }
        console.println(
                "codebook %s has all items; make it the active one with `%s codebook promote %s%s`"
                        .formatted(
                                version,
                                Commands.program(),
                                version,
                                Commands.reaching(connection)));
    }

    private void inTheBackground(Connection connection) throws IOException {
        List<String> arguments =
                spec.root().commandLine().getParseResult().originalArgs().stream()
                        .filter(argument -> !argument.startsWith("--no-wait"))
                        .toList();
        Path log = Background.start("backfill-" + version, arguments);
        console.println("the backfill goes on in the background; it writes to " + log);
        console.note(
                "`%s codebook status%s` shows how far it is"
                        .formatted(Commands.program(), Commands.reaching(connection)));
    }

    /** Shows how far a backfill is. */
    private static final class Bar implements Consumer<BackfillProgress>, AutoCloseable {

        private final Console console;
        private Progress assigning; // null before it has begun and when it is over
        private boolean indexing;

        Bar(Console console) {
            this.console = console;
        }

        @Override
        public void accept(BackfillProgress now) {
            if (now.getPhase() == BackfillPhase.ASSIGNING) {
                if (assigning == null) {
                    assigning = Progress.start(console, "backfill", now.getTotal(), "records");
                }
                assigning.extra(VersionText.left(now));
                assigning.stepTo(now.getRead());
                return;
            }
            if (assigning != null && now.getPhase() != BackfillPhase.STOPPED) {
                assigning.stepTo(now.getTotal());
                close();
            }
            if (now.getPhase() == BackfillPhase.INDEXING && !indexing) {
                indexing = true;
                console.note("all are read; waiting until the index has taken them in");
            }
        }

        @Override
        public void close() {
            if (assigning != null) {
                assigning.close();
                assigning = null;
            }
        }
    }
}
