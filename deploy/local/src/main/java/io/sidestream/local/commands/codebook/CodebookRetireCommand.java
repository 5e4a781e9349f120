package io.sidestream.local.commands.codebook;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.versions.Moved;
import io.sidestream.local.versions.VersionStatus;
import io.sidestream.local.versions.Versions;
import io.sidestream.schema.RetirementProgress;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "retire",
        description = {
            "Take a version out of use for good: no more updates of it are published, and bucket",
            "by bucket the indexing job removes what it holds of it. Its name never comes back.",
            "Waits until nothing is left."
        })
final class CodebookRetireCommand implements Callable<Integer> {

    @Parameters(paramLabel = "VERSION", description = "Any but the active one.")
    private String version;

    @Option(
            names = "--delete-topic",
            description =
                    "Also delete the topic of its updates, once nothing is left. What has been"
                            + " published under it can then be read no more.")
    private boolean deleteTopic;

    @Mixin private ForceOption force;
    @Mixin private WaitOptions wait;
    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookRetireCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (deleteTopic && !wait.wanted()) {
            throw new UserError(
                    "--delete-topic has to wait until the indexing job writes no more to the topic;"
                            + " leave --no-wait out");
        }
        Connection connection = connectionOptions.connection();
        Versions versions = new Versions(connection);
        long items = wait.wanted() ? items(versions) : -1;
        Moved moved = versions.retire(version, force.given());
        ForceOption.show(moved, console);
        console.println(
                "codebook %s is RETIRED%s".formatted(version, moved.wasSo() ? " already" : ""));
        if (wait.wanted()) {
            awaitRemoved(versions, items);
        }
        if (deleteTopic) {
            versions.deleteTopic(version);
            console.println("topic %s is deleted".formatted(connection.topics().updates(version)));
        }
        return 0;
    }

    private void awaitRemoved(Versions versions, long items) throws InterruptedException {
        long removed;
        try (Progress progress = Progress.start(console, "remove", items, "items")) {
            removed = versions.awaitRemoved(version, wait.timeout(), now -> show(now, progress));
        }
        console.println(
                String.format(
                        Locale.ROOT,
                        "nothing of it is left in the index: %,d items were removed",
                        removed));
    }

    private static void show(RetirementProgress now, Progress progress) {
        progress.extra("%d%% of the index".formatted((int) (100 * now.getProgress())));
        progress.stepTo(now.getItems());
    }

    /** How many there are to remove, as counted last; -1 if they were not. */
    private long items(Versions versions) throws InterruptedException {
        return versions.status().stream()
                .filter(one -> one.manifest().getVersion().equals(version))
                .map(VersionStatus::itemsOrNull)
                .mapToLong(items -> items == null ? -1 : items)
                .findFirst()
                .orElse(-1);
    }
}
