package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import java.util.List;
import picocli.CommandLine;

/** All subcommands, in the order in which the help lists them. */
public final class Commands {

    private Commands() {}

    /** New instances, for one run. */
    public static List<Object> all(Console console) {
        return List.of(
                new DemoCommand(console),
                new IndexCommand(console),
                new UpCommand(console),
                CodebookCommand.withSubcommands(console),
                new IngestCommand(console),
                new DeleteCommand(console),
                new ExportCommand(console),
                new TailCommand(console),
                TopicsCommand.withSubcommands(console),
                new CommandLine.HelpCommand());
    }
}
