package io.sidestream.local.commands.codebook;

import io.sidestream.local.commands.Commands;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.versions.VersionStatus;
import io.sidestream.local.versions.Versions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        description = {
            "Show where every codebook version stands: what retrievers use, who assigns items",
            "under it, how far its backfill or its removal is. `codebook list` shows what the",
            "codebooks are."
        })
final class CodebookStatusCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON, with nothing left out.")
    private boolean json;

    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookStatusCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = connectionOptions.connection();
        List<VersionStatus> versions = new Versions(connection).status();
        if (json) {
            console.println(StatusJson.of(versions));
        } else if (versions.isEmpty()) {
            console.note(
                    "no codebook version is published at %s yet; publish one with `%s codebook publish`"
                            .formatted(connection.bootstrap(), Commands.program()));
        } else {
            StatusTable.print(console, versions);
        }
        return 0;
    }
}
