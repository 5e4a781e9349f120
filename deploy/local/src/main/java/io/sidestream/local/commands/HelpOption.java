package io.sidestream.local.commands;

import picocli.CommandLine.Option;

/** The option that every command has. Just this one: {@code --version} means a codebook's here. */
final class HelpOption {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("unused") // picocli shows the help before the command could look
    private boolean help;
}
