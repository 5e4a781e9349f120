package io.sidestream.local.commands.remap;

import io.sidestream.local.commands.CommandGroup;
import io.sidestream.local.console.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "remap",
        description = {
            "See, try out, propose and decide about remap plans: which tokens of an overcrowded",
            "layer are dropped from the SIDs of their items."
        })
public final class RemapCommand implements Runnable {

    @Spec private CommandSpec spec;

    private RemapCommand() {}

    public static CommandLine withSubcommands(Console console) {
        return new CommandLine(new RemapCommand())
                .addSubcommand(new RemapListCommand(console))
                .addSubcommand(new RemapShowCommand(console))
                .addSubcommand(new RemapProposeCommand(console))
                .addSubcommand(new RemapApplyCommand(console))
                .addSubcommand(new RemapApproveCommand(console))
                .addSubcommand(new RemapRejectCommand(console));
    }

    @Override
    public void run() {
        throw CommandGroup.subcommandMissing(spec);
    }
}
