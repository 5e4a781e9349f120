package io.sidestream.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.codebook.CodebookFileException;
import io.sidestream.embedding.EmbeddingFileException;
import io.sidestream.local.commands.Commands;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.LogFile;
import io.sidestream.local.stack.Interruption;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command {@code sidestream}. Exit codes: 0 done, 1 failed, 2 not understood, 130 interrupted.
 *
 * <p>On SIGINT and SIGTERM the thread that runs the command is interrupted, so that commands only
 * ever have to block interruptibly and to close what they have opened.
 */
@Command(
        name = "sidestream",
        description = "Streaming Semantic-ID indexing on Kafka and Flink.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Start with `sidestream demo`. `sidestream help COMMAND` tells more about a command."
        })
public final class Sidestream implements Runnable {

    private static final int FAILED = 1;
    private static final int NOT_UNDERSTOOD = 2;

    @Spec private CommandSpec spec;

    private Sidestream() {}

    public static void main(String[] args) {
        LogFile.useTemporary();
        Console console = Console.ofProcess();
        Interruption interruption = Interruption.ofThisThread(console);
        int exitCode = execute(console, interruption::requested, args);
        if (exitCode != FAILED) {
            LogFile.discardTemporary();
        }
        System.exit(exitCode);
    }

    /**
     * Runs one command line.
     *
     * @return the exit code
     */
    public static int run(Console console, String... args) {
        return execute(console, () -> false, args);
    }

    private static int execute(Console console, BooleanSupplier stopRequested, String... args) {
        return guarded(console, () -> commandLine(console, stopRequested).execute(args));
    }

    /** Says what to do where the memory does not suffice. */
    static int guarded(Console console, IntSupplier command) {
        try {
            return command.getAsInt();
        } catch (OutOfMemoryError e) {
            LoggerFactory.getLogger(Sidestream.class).error("Out of memory", e);
            console.error(
                    "the command needs more memory than the %,d MiB that it may use (%s); give it more, for example with SIDESTREAM_JAVA_OPTS=-Xmx%dg"
                            .formatted(
                                    Runtime.getRuntime().maxMemory() >> 20,
                                    e.getMessage(),
                                    Math.max(4, Runtime.getRuntime().maxMemory() >> 29)));
            return FAILED;
        }
    }

    private static CommandLine commandLine(Console console, BooleanSupplier stopRequested) {
        CommandLine line = new CommandLine(new Sidestream());
        Commands.all(console).forEach(line::addSubcommand);
        line.getCommandSpec()
                .versionProvider(
                        () -> {
                            String version =
                                    Sidestream.class.getPackage().getImplementationVersion();
                            return new String[] {
                                "sidestream " + (version == null ? "(built from classes)" : version)
                            };
                        });
        line.getSubcommands().values().forEach(Sidestream::addHelp);
        keepOptionOrder(line);
        return line.setOut(writer(console.out()))
                .setErr(writer(console.err()))
                .setColorScheme(
                        Help.defaultColorScheme(
                                console.hasColours() ? Help.Ansi.ON : Help.Ansi.OFF))
                .setUsageHelpWidth(100)
                .setUsageHelpLongOptionsMaxWidth(28)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((error, arguments) -> notUnderstood(console, error))
                .setExecutionExceptionHandler(
                        (error, command, parsed) ->
                                stopRequested.getAsBoolean()
                                        ? Interruption.EXIT_CODE // all else is its consequence
                                        : failed(console, error));
    }

    /** Just help: the other standard option, {@code --version}, names a codebook's version here. */
    private static void addHelp(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        if (spec.findOption("--help") == null) {
            spec.addOption(
                    OptionSpec.builder("-h", "--help")
                            .usageHelp(true)
                            .description("Show this help and exit.")
                            .build());
        }
        command.getSubcommands().values().forEach(Sidestream::addHelp);
    }

    /** Help lists what a command is about first, and how to connect afterwards. */
    private static void keepOptionOrder(CommandLine line) {
        line.getCommandSpec().usageMessage().sortOptions(false);
        line.getSubcommands().values().forEach(Sidestream::keepOptionOrder);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, UTF_8), true);
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    private static int notUnderstood(Console console, ParameterException error) {
        CommandLine command = error.getCommandLine();
        console.error(UsageErrors.withoutValues(error));
        if (!UnmatchedArgumentException.printSuggestions(error, command.getErr())
                && command.getParent() == null
                && command.getParseResult() != null
                && command.getParseResult().originalArgs().isEmpty()) {
            command.usage(command.getErr(), command.getColorScheme());
        } else {
            console.note("See `%s --help`.".formatted(command.getCommandSpec().qualifiedName()));
        }
        return NOT_UNDERSTOOD;
    }

    private static int failed(Console console, Exception error) {
        if (error instanceof InterruptedException || error instanceof InterruptException) {
            console.note("interrupted");
            return Interruption.EXIT_CODE;
        }
        String explained = explain(error);
        if (explained == null) {
            LoggerFactory.getLogger(Sidestream.class).error("The command failed", error);
            explained =
                    "unexpected %s: %s; the log has its stack trace"
                            .formatted(error.getClass().getSimpleName(), error.getMessage());
        }
        console.error(explained);
        Path log = LogFile.path();
        if (log != null && Files.exists(log)) {
            console.note(console.dim("log: " + log));
        }
        return FAILED;
    }

    /** What a person should know about an error of a kind that is to be expected, or null. */
    private static String explain(Exception error) {
        if (error instanceof UserError
                || error instanceof EmbeddingFileException
                || error instanceof CodebookFileException) {
            return error.getMessage();
        }
        if (error instanceof NoSuchFileException missing) {
            return "there is no file %s".formatted(missing.getFile());
        }
        if (error instanceof AccessDeniedException denied) {
            return "no permission to read or write %s".formatted(denied.getFile());
        }
        if (error instanceof FileSystemException failed) {
            return "%s: %s"
                    .formatted(
                            failed.getFile(),
                            failed.getReason() == null
                                    ? failed.getClass().getSimpleName()
                                    : failed.getReason());
        }
        if (error instanceof IOException failed) {
            return failed.getMessage() == null ? failed.toString() : failed.getMessage();
        }
        return null;
    }
}
