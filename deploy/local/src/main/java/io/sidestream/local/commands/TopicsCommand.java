package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "topics", description = "Create and list Sidestream's topics.")
final class TopicsCommand implements Runnable {

    @Spec private CommandSpec spec;

    private TopicsCommand() {}

    static CommandLine withSubcommands(Console console) {
        return new CommandLine(new TopicsCommand())
                .addSubcommand(new TopicsCreateCommand(console))
                .addSubcommand(new TopicsListCommand(console));
    }

    @Override
    public void run() {
        throw CommandGroup.subcommandMissing(spec);
    }
}
