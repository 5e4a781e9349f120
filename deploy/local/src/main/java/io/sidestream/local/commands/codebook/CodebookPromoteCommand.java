package io.sidestream.local.commands.codebook;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.versions.Moved;
import io.sidestream.local.versions.Versions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "promote",
        description = {
            "Make a version the one that retrievers use: it becomes ACTIVE, and the alias @active",
            "stands for it. The version that was so far becomes READY and stays, for a rollback."
        })
final class CodebookPromoteCommand implements Callable<Integer> {

    @Parameters(paramLabel = "VERSION", description = "One that has been backfilled.")
    private String version;

    @Mixin private ForceOption force;
    @Mixin private WaitOptions wait;
    @Mixin private JobGroupOption job;
    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookPromoteCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = connectionOptions.connection();
        Versions versions = new Versions(connection);
        Activation activation = new Activation(console, connection);
        Moved moved =
                versions.promote(version, force.given(), wait.timeout(), activation::comparing);
        activation.conclude(moved, versions, job, wait);
        return 0;
    }
}
