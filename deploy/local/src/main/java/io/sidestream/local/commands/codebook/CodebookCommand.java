package io.sidestream.local.commands.codebook;

import io.sidestream.local.commands.CommandGroup;
import io.sidestream.local.console.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "codebook",
        description = {"Make codebooks, and lead their versions from publication to retirement."})
public final class CodebookCommand implements Runnable {

    @Spec private CommandSpec spec;

    private CodebookCommand() {}

    public static CommandLine withSubcommands(Console console) {
        return new CommandLine(new CodebookCommand())
                .addSubcommand(new CodebookTrainCommand(console))
                .addSubcommand(new CodebookImportCommand(console))
                .addSubcommand(new CodebookInspectCommand(console))
                .addSubcommand(new CodebookPublishCommand(console))
                .addSubcommand(new CodebookBackfillCommand(console))
                .addSubcommand(new CodebookVerifyCommand(console))
                .addSubcommand(new CodebookCompareCommand(console))
                .addSubcommand(new CodebookPromoteCommand(console))
                .addSubcommand(new CodebookRollbackCommand(console))
                .addSubcommand(new CodebookRetireCommand(console))
                .addSubcommand(new CodebookStatusCommand(console))
                .addSubcommand(new CodebookListCommand(console));
    }

    @Override
    public void run() {
        throw CommandGroup.subcommandMissing(spec);
    }
}
