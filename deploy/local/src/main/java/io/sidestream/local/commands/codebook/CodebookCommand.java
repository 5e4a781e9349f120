package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "codebook", description = "Train, import, inspect, publish and list codebooks.")
final class CodebookCommand implements Runnable {

    @Spec private CommandSpec spec;

    private CodebookCommand() {}

    static CommandLine withSubcommands(Console console) {
        return new CommandLine(new CodebookCommand())
                .addSubcommand(new CodebookTrainCommand(console))
                .addSubcommand(new CodebookImportCommand(console))
                .addSubcommand(new CodebookInspectCommand(console))
                .addSubcommand(new CodebookPublishCommand(console))
                .addSubcommand(new CodebookListCommand(console));
    }

    @Override
    public void run() {
        throw CommandGroup.subcommandMissing(spec);
    }
}
