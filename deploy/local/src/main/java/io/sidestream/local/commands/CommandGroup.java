package io.sidestream.local.commands;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What a command does that only has subcommands: asks for one. */
public final class CommandGroup {

    private CommandGroup() {}

    public static ParameterException subcommandMissing(CommandSpec spec) {
        return new ParameterException(
                spec.commandLine(),
                "which one? `%s` has the commands %s"
                        .formatted(
                                spec.qualifiedName(),
                                String.join(", ", spec.subcommands().keySet())));
    }
}
