package io.sidestream.local.commands;

import io.sidestream.codebook.CodebookTrainer;
import io.sidestream.codebook.TrainingOptions;
import io.sidestream.local.UserError;
import io.sidestream.local.commands.codebook.CodebookCommand;
import io.sidestream.local.commands.codebook.TrainingBar;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.UpdateTopic;
import io.sidestream.local.stack.Broker;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.local.stack.Drain;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo-versions",
        description =
                "See a catalog move to a new codebook while it changes, on this machine: train one"
                        + " on the topic, publish it beside the old one, fill it, check it, compare"
                        + " the two, promote it, go back and forth, and retire the old one. Exits"
                        + " with 1 if anything of that did not come true.")
final class DemoVersionsCommand implements Callable<Integer> {

    private static final String OLD = "v1";
    private static final String NEW = "v2";
    private static final int[] LAYERS = {64, 64, 64};
    private static final int FIRST_ITEMS = 9000;
    private static final int BACKFILLED_A_SECOND = 1500;
    private static final int SHOWN = 5;

    @Option(
            names = "--exit-when-done",
            description = "Exit after the last step instead of running on.")
    private boolean exitWhenDone;

    @Option(
            names = "--bootstrap-port",
            paramLabel = "P",
            description =
                    "Port of Kafka; 0 for any free one (default: "
                            + Commands.USUAL_PORT
                            + " if that is free).")
    private Integer port;

    @Mixin private StackOptions stackOptions;

    private final Console console;

    DemoVersionsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        LocalStack.Settings settings =
                stackOptions.settings(port != null ? port : Broker.portOrAny(Commands.USUAL_PORT));
        DemoHourglass.lookEverySecond(settings.job());
        try (DataDirectory data = DataDirectory.temporary()) {
            LogFile.use(data.log());
            console.heading("1  Start Kafka, Flink and the indexing job");
            console.note("log: " + LogFile.path());
            try (LocalStack stack = LocalStack.start(data, settings)) {
                console.note("Kafka is at %s".formatted(stack.connection().bootstrap()));
                DemoCatalog catalog = DemoCatalog.unpack(data.root());
                begin(stack, catalog);
                try (DemoChanges changes =
                        new DemoChanges(catalog, stack.connection(), FIRST_ITEMS)) {
                    fill(stack, changes);
                    changeVersions(stack, data);
                    settle(stack, changes);
                }
                if (!exitWhenDone) {
                    DemoAudience.showAll(console, stack);
                }
            }
        }
        return 0;
    }

    private void begin(LocalStack stack, DemoCatalog catalog)
            throws IOException, InterruptedException {
        console.heading("2  Train a codebook on what the catalog is today, and make it active");
        TrainingOptions options = TrainingOptions.builder(LAYERS).build();
        try (TrainingBar bar = TrainingBar.start(console, options)) {
            stack.activate(CodebookTrainer.train(OLD, catalog.items(), options, bar));
        }
        console.note("codebook %s is active".formatted(OLD));
    }

    private void fill(LocalStack stack, DemoChanges changes)
            throws IOException, InterruptedException {
        console.heading("3  Ingest the catalog, and let it change from now on");
        try (Progress progress = Progress.start(console, "ingest", FIRST_ITEMS, "items")) {
            changes.fill(progress);
        }
        Drain drain = Drain.of(stack);
        try (Progress progress = Progress.start(console, "index", drain.total(), "items")) {
            drain.await(progress::stepTo);
        }
        changes.start();
        console.note(
                "Items are updated, deleted, added and brought back, some hundred every second,"
                        + " until the end.");
    }

    /** What a person would do, command by command. */
    private void changeVersions(LocalStack stack, DataDirectory data) throws Exception {
        Path file = data.root().resolve(NEW + ".safetensors");
        console.heading("4  Train a new codebook on a sample of the live items");
        run(
                stack,
                "train",
                "--from-topic",
                "--sample=8000",
                "--seed=2",
                "--layers=3x64",
                "--version=" + NEW,
                "--out=" + file);

        console.heading("5  Publish it beside the old one: new arrivals get a SID under both");
        run(stack, "publish", "--file=" + file, "--align", "--store=" + data.codebooks());
        run(stack, "status");

        console.heading("6  Fill it with the items that were there before");
        run(stack, "backfill", NEW, "--rate=" + BACKFILLED_A_SECOND);

        console.heading("7  Check it against the catalog, and compare the two");
        run(stack, "verify", NEW);
        run(stack, "compare", OLD, NEW);

        console.heading("8  Promote it, go back, and forth again");
        run(stack, "promote", NEW);
        requireActive(stack, NEW);
        run(stack, "rollback", "--no-wait");
        requireActive(stack, OLD);
        run(stack, "promote", NEW);
        requireActive(stack, NEW);
        run(stack, "status");

        console.heading("9  Retire the old one");
        console.note(
                "--force, for from now on there is nothing to roll back to. What the index holds of"
                        + " it is removed bucket by bucket, while all goes on.");
        run(stack, "retire", OLD, "--force");
        run(stack, "status");
    }

    /** Runs a command as a person would, and shows which. */
    private void run(LocalStack stack, String... command) throws Exception {
        stack.requireHealthy();
        String shown = "codebook " + String.join(" ", command);
        console.note("");
        console.note(console.dim("$ %s %s".formatted(Commands.program(), shown)));
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.add("--bootstrap=" + stack.connection().bootstrap());
        arguments.add("--topic-prefix=" + stack.connection().topics().prefix());
        AtomicReference<Exception> failure = new AtomicReference<>();
        CommandLine line = CodebookCommand.withSubcommands(console);
        line.setExecutionExceptionHandler(
                (error, subcommand, parsed) -> {
                    failure.set(error);
                    return 1;
                });
        int exitCode = line.execute(arguments.toArray(new String[0]));
        if (failure.get() != null) {
            throw failure.get();
        }
        if (exitCode != 0) {
            throw new UserError("`%s` has failed".formatted(shown));
        }
    }

    /** Consumers that follow the alias find the version there. */
    private void requireActive(LocalStack stack, String version) throws InterruptedException {
        Codebooks codebooks = new CodebookRegistry(stack.connection()).read();
        if (!codebooks.isTheActiveOne(version)) {
            throw new UserError(
                    "the alias @active does not stand for %s: %s"
                            .formatted(version, codebooks.aliasOrNull()));
        }
        console.note(
                "The record @active in %s now says %s, with its topic %s: retrievers follow it."
                        .formatted(
                                stack.connection().topics().codebooks(),
                                version,
                                codebooks.aliasOrNull().getTopic()));
    }

    /** Computes what every item's codes must be, and compares. */
    private void settle(LocalStack stack, DemoChanges changes)
            throws IOException, InterruptedException {
        console.heading("10  Stop the changes, and count");
        Map<String, float[]> catalog = changes.stop();
        Drain.of(stack).await(read -> {});
        CodebookManifest manifest = new CodebookRegistry(stack.connection()).read().require(NEW);
        ResidualQuantizer quantizer = CodebookStore.load(manifest).quantizer();
        Map<String, List<Integer>> published = published(stack);
        List<String> wrong =
                catalog.entrySet().stream()
                        .filter(
                                item ->
                                        !codes(quantizer, item.getValue())
                                                .equals(published.get(item.getKey())))
                        .map(Map.Entry::getKey)
                        .limit(SHOWN)
                        .toList();
        if (!wrong.isEmpty() || published.size() != catalog.size()) {
            throw new UserError(
                    "%d items have a SID under %s, of %d live ones; wrong or missing are %s"
                            .formatted(published.size(), NEW, catalog.size(), wrong));
        }
        console.println(
                String.format(
                        Locale.ROOT,
                        "%,d changes have come meanwhile. All %,d live items have under %s the"
                                + " codes that their last embeddings give, and no other item has any.",
                        changes.sent(),
                        catalog.size(),
                        NEW));
    }

    private Map<String, List<Integer>> published(LocalStack stack) throws InterruptedException {
        Map<String, List<Integer>> codes = new HashMap<>();
        try (Progress progress = Progress.start(console, "read", -1, "records")) {
            UpdateTopic.read(
                    stack.connection(),
                    NEW,
                    progress,
                    (itemId, update) -> {
                        if (update == null || update.getReason() == UpdateReason.DELETED) {
                            codes.remove(itemId);
                        } else {
                            codes.put(itemId, update.getCodes());
                        }
                    });
        }
        return codes;
    }

    private static List<Integer> codes(ResidualQuantizer quantizer, float[] embedding) {
        int[] codes = new int[quantizer.layers()];
        quantizer.worker().quantize(embedding, 1, codes);
        return Arrays.stream(codes).boxed().toList();
    }
}
