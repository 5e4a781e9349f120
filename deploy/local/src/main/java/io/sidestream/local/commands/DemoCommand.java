package io.sidestream.local.commands;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookTrainer;
import io.sidestream.codebook.TrainingOptions;
import io.sidestream.local.commands.DemoCatalog.Item;
import io.sidestream.local.commands.codebook.LayerTable;
import io.sidestream.local.commands.codebook.TrainingBar;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.Ingest;
import io.sidestream.local.kafka.Tail;
import io.sidestream.local.stack.Broker;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.local.stack.Drain;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.Topics;
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
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = {
            "See it work: index a bundled catalog of 10,000 items with Kafka and Flink on this"
                    + " machine,",
            "flood it until its second layer is an hourglass, see that remapped,",
            "then keep running and accept more input until stopped."
        })
final class DemoCommand implements Callable<Integer> {

    private static final String VERSION = "v1";
    private static final int[] LAYERS = {64, 64, 64};

    private static final int LINES_SHOWN = 24;
    private static final int WORDS_SHOWN = 10;
    private static final List<String> NEIGHBOURHOODS =
            List.of("paris", "king", "apple", "football", "wheat", "tuesday", "guitar");

    @Option(
            names = "--exit-when-done",
            description = "Exit after the summary instead of running on.")
    private boolean exitWhenDone;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Keep everything there, for `up` to go on with (default: a temporary"
                            + " directory).")
    private Path directory;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            defaultValue = "${sys:java.io.tmpdir}/sidestream-demo.html",
            description = "Page to write about the flood (default: ${DEFAULT-VALUE}).")
    private Path page;

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

    DemoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LocalStack.Settings settings =
                stackOptions.settings(port != null ? port : Broker.portOrAny(Commands.USUAL_PORT));
        DemoHourglass.addDefaults(settings.job());
        OutputFile.requireWritable("--report", page);
        try (DataDirectory data =
                directory == null ? DataDirectory.temporary() : DataDirectory.open(directory)) {
            LogFile.use(data.log());
            console.heading("1  Start Kafka, Flink and the indexing job");
            console.note("log: " + LogFile.path());
            try (LocalStack stack = LocalStack.start(data, settings)) {
                console.note("Kafka is at %s".formatted(stack.connection().bootstrap()));
                DemoCatalog catalog = DemoCatalog.unpack(data.root());
                Codebook codebook = train(catalog);
                publish(stack, codebook);
                ingest(stack, catalog);
                look(stack, catalog);
                change(stack, catalog);
                new DemoHourglass(console, stack, catalog, codebook).run(page);
                whereToLook(stack, catalog);
                if (!exitWhenDone) {
                    DemoAudience.showAll(console, stack);
                }
                if (directory != null) {
                    stack.stop();
                }
            }
            return 0;
        }
    }

    private Codebook train(DemoCatalog catalog) {
        console.heading("2  Train a codebook");
        console.note(
                String.format(
                        Locale.ROOT,
                        "on %,d words, each with a vector of %d numbers: %d layers of %d codewords",
                        catalog.items().rows(),
                        catalog.items().dimension(),
                        LAYERS.length,
                        LAYERS[0]));
        TrainingOptions options = TrainingOptions.builder(LAYERS).build();
        Codebook codebook;
        try (TrainingBar bar = TrainingBar.start(console, options)) {
            codebook = CodebookTrainer.train(VERSION, catalog.items(), options, bar);
        }
        LayerTable.print(console, codebook);
        return codebook;
    }

    private void publish(LocalStack stack, Codebook codebook)
            throws IOException, InterruptedException {
        console.heading("3  Publish it");
        stack.activate(codebook);
        console.note(
                "codebook %s is active; until now the job would have left its input unread"
                        .formatted(VERSION));
    }

    private void ingest(LocalStack stack, DemoCatalog catalog)
            throws IOException, InterruptedException {
        console.heading("4  Ingest the catalog");
        long begin = System.nanoTime();
        try (Ingest ingest = Ingest.open(stack.connection(), 0);
                Progress progress =
                        Progress.start(console, "ingest", catalog.items().rows(), "items")) {
            ingest.embeddings(catalog.reader(), progress);
        }
        Drain drain = Drain.of(stack);
        try (Progress progress = Progress.start(console, "index", drain.total(), "items")) {
            drain.await(progress::stepTo);
        }
        console.note(
                formatted(
                        "from first sent to all committed: %,.0f items/s",
                        catalog.items().rows() / ((System.nanoTime() - begin) / 1e9)));
    }

    /** Reads what the job has published, as a retriever would. */
    private void look(LocalStack stack, DemoCatalog catalog) throws InterruptedException {
        Connection connection = stack.connection();
        console.heading("5  See what comes out of topic " + connection.topics().updates(VERSION));
        Map<String, SidUpdate> sids = new HashMap<>();
        int items = catalog.items().rows();
        TailPrinter printer = new TailPrinter(console, false, Long.MAX_VALUE);
        DemoAudience audience =
                new DemoAudience(
                        stack,
                        items,
                        update -> {
                            sids.put(update.getItemId(), update);
                            if (sids.size() % (items / LINES_SHOWN) == 0) {
                                printer.update(update);
                            }
                            return true;
                        },
                        letter -> false);
        new Tail(connection, VERSION).follow(true, audience);

        console.note("");
        console.note("Similar items share the beginning of their SIDs:");
        for (String word : NEIGHBOURHOODS) {
            String prefix = prefix(sids.get(word));
            String others =
                    catalog.items().ids().stream()
                            .filter(id -> !id.equals(word) && prefix(sids.get(id)).equals(prefix))
                            .limit(WORDS_SHOWN)
                            .collect(Collectors.joining(" "));
            console.println("  %-13s %s %s".formatted(prefix, console.bold(word), others));
        }
    }

    /** The first two tokens. */
    private static String prefix(SidUpdate sid) {
        return sid.getSid().stream()
                .limit(2)
                .map(token -> "<%c_%d>".formatted('a' + token.getLayer() - 1, token.getToken()))
                .collect(Collectors.joining());
    }

    private void change(LocalStack stack, DemoCatalog catalog)
            throws IOException, InterruptedException {
        console.heading("6  Change the catalog");
        int unchanged = 1000;
        console.note(
                String.format(
                        Locale.ROOT,
                        "apple moves from the companies to the fruits, yugoslavia is deleted, one"
                                + " embedding comes too short,%n"
                                + "and %,d items are sent again as they are:",
                        unchanged));
        List<Item> items = new ArrayList<>();
        for (String id : catalog.items().ids().subList(0, unchanged)) {
            items.add(new Item(id, catalog.embedding(id)));
        }
        items.add(new Item("apple", catalog.embedding("fruit")));
        items.add(new Item("broken", Arrays.copyOf(catalog.embedding("broken"), 99)));
        try (Ingest ingest = Ingest.open(stack.connection(), 0);
                Progress progress = Progress.start(console, "ingest", items.size(), "items")) {
            ingest.embeddings(DemoCatalog.reader(items), progress);
            ingest.deletions(List.of("yugoslavia"), progress);
        }
        TailPrinter printer = new TailPrinter(console, false, Long.MAX_VALUE);
        DemoAudience audience =
                new DemoAudience(
                        stack,
                        3,
                        update -> {
                            if (update.getReason() == UpdateReason.NEW) {
                                return false; // it reads from the beginning once more
                            }
                            printer.update(update);
                            return true;
                        },
                        letter -> {
                            printer.deadLetter(letter);
                            return true;
                        });
        new Tail(stack.connection(), VERSION).follow(true, audience);
    }

    private void whereToLook(LocalStack stack, DemoCatalog catalog) {
        Topics topics = stack.connection().topics();
        String at = Commands.reaching(stack.connection());
        console.heading("Where to look next");
        console.println(
                "  topics      %s, %s".formatted(topics.itemEmbeddings(), topics.codebooks()));
        console.println(
                "              %s, %s".formatted(topics.updates(VERSION), topics.deadLetters()));
        console.println("              %s, %s".formatted(topics.hourglass(), topics.remaps()));
        console.println("  log         " + LogFile.path());
        String sidestream = Commands.program();
        if (exitWhenDone) {
            console.println("  commands    " + sidestream + " index   for a file of your own");
            console.println(
                    "              " + sidestream + " up      to run on, with data that lasts");
            return;
        }
        console.println("In another terminal");
        console.println("  " + sidestream + " watch" + at);
        console.println("  " + sidestream + " report --out report.html" + at);
        console.println("  " + sidestream + " remap list" + at);
        console.println("  " + sidestream + " tail --from-beginning --max 20" + at);
        console.println(
                "  %s export --version %s --out sids.jsonl%s".formatted(sidestream, VERSION, at));
        console.println("  %s ingest --embeddings %s%s".formatted(sidestream, catalog.file(), at));
        console.println("  " + sidestream + " codebook list" + at);
    }

    private static String formatted(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
