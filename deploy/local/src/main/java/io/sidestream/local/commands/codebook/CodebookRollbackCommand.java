package io.sidestream.local.commands.codebook;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.versions.Versions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "rollback",
        description = {
            "Make the version that was active before the active one so again. It has been kept up",
            "to date all the time, so nothing has to be computed; a second rollback takes the",
            "first back."
        })
final class CodebookRollbackCommand implements Callable<Integer> {

    @Mixin private ForceOption force;
    @Mixin private WaitOptions wait;
    @Mixin private JobGroupOption job;
    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookRollbackCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = connectionOptions.connection();
        Versions versions = new Versions(connection);
        new Activation(console, connection)
                .conclude(versions.rollback(force.given()), versions, job, wait);
        return 0;
    }
}
