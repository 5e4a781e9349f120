package io.sidestream.local.commands;

import io.sidestream.local.commands.codebook.CodebookCommand;
import io.sidestream.local.commands.remap.RemapCommand;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import java.util.List;
import picocli.CommandLine;

/** All subcommands, in the order in which the help lists them. */
public final class Commands {

    /** Where commands look for Kafka unless told otherwise. */
    static final int USUAL_PORT = 9092;

    private Commands() {}

    /** How the user has called us: the launcher says it. */
    public static String program() {
        return System.getProperty("sidestream.command", "sidestream");
    }

    /** The options with which another command finds the same topics; empty if it does without. */
    public static String reaching(Connection connection) {
        String bootstrap = connection.bootstrap();
        String prefix = connection.topics().prefix();
        return (bootstrap.endsWith(":" + USUAL_PORT) ? "" : " --bootstrap " + bootstrap)
                + (prefix.isEmpty() ? "" : " --topic-prefix " + prefix);
    }

    /** New instances, for one run. */
    public static List<Object> all(Console console) {
        return List.of(
                new DemoCommand(console),
                new DemoVersionsCommand(console),
                new IndexCommand(console),
                new UpCommand(console),
                CodebookCommand.withSubcommands(console),
                new IngestCommand(console),
                new DeleteCommand(console),
                new ExportCommand(console),
                new TailCommand(console),
                new WatchCommand(console),
                new ReportCommand(console),
                RemapCommand.withSubcommands(console),
                TopicsCommand.withSubcommands(console),
                new CommandLine.HelpCommand());
    }
}
