package io.sidestream.local.commands.remap;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.RemapLog;
import io.sidestream.schema.RemapPlan;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "list", description = "List the remap plans there have been, the newest last.")
final class RemapListCommand implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "Plans of this codebook version only (default: of all).")
    private String version;

    private final Console console;

    RemapListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = connectionOptions.connection();
        List<PlanLife> plans =
                RemapLog.read(connection).stream()
                        .filter(
                                life ->
                                        version == null
                                                || life.plan().getCodebookVersion().equals(version))
                        .toList();
        if (plans.isEmpty()) {
            console.note(
                    ("no remap plan has been made%s at %s yet; see what one would do with"
                                    + " `sidestream remap propose --policy top-p=0.85 --dry-run`")
                            .formatted(
                                    version == null ? "" : " for codebook version " + version,
                                    connection.bootstrap()));
            return 0;
        }
        console.table(
                List.of(
                        "version",
                        "epoch",
                        "status",
                        "since",
                        "policy",
                        "layer",
                        "head tokens",
                        "items moved",
                        "decided by"),
                plans.stream().map(RemapListCommand::row).toList());
        return 0;
    }

    private static List<String> row(PlanLife life) {
        RemapPlan plan = life.plan();
        return List.of(
                plan.getCodebookVersion(),
                Long.toString(plan.getEpoch()),
                RemapText.status(life),
                RemapText.time(life.since()),
                RemapText.policy(plan),
                Integer.toString(plan.getLayer()),
                RemapText.headCount(plan),
                RemapText.count(life.itemsMoved()),
                Console.printable(plan.getDecidedBy()));
    }
}
