package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.Tail;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "tail",
        description = {
            "Show SID updates and dead letters as the job commits them, until interrupted.",
            "Codebook versions that are published meanwhile are picked up."
        })
final class TailCommand implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;
    @Spec private CommandSpec spec;

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "Updates of this codebook version only (default: of all).")
    private String version;

    @Option(names = "--from-beginning", description = "Begin with the oldest record.")
    private boolean fromBeginning;

    @Option(
            names = "--max",
            paramLabel = "N",
            description = "Stop after so many lines (default: never).")
    private Long max;

    @Option(names = "--json", description = "Print every record as a line of JSON.")
    private boolean json;

    private final Console console;

    TailCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (max != null && max < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--max must be at least 1, not " + max);
        }
        new Tail(connectionOptions.connection(), version)
                .follow(
                        fromBeginning,
                        new TailPrinter(console, json, max == null ? Long.MAX_VALUE : max));
        return 0;
    }
}
