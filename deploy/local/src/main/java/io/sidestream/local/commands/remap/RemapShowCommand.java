package io.sidestream.local.commands.remap;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.RemapLog;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a remap plan: what it does, the skew it was made for, and its life.")
final class RemapShowCommand implements Callable<Integer> {

    @Parameters(
            arity = "0..1",
            paramLabel = "EPOCH",
            description = "Number of the plan (default: the version's newest).")
    private Long epoch;

    @Option(names = "--json", description = "As JSON, with all head tokens and every step.")
    private boolean json;

    @Mixin private RemapTarget target;

    private final Console console;

    RemapShowCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = target.connection();
        String version = target.version(connection);
        PlanLife life =
                RemapLog.read(connection).stream()
                        .filter(one -> one.plan().getCodebookVersion().equals(version))
                        .filter(one -> epoch == null || one.plan().getEpoch() == epoch)
                        .reduce((earlier, later) -> later)
                        .orElseThrow(() -> missing(version));
        if (json) {
            console.println(RemapJson.of(life));
        } else {
            print(life);
        }
        return 0;
    }

    private UserError missing(String version) {
        return new UserError(
                "there is no remap plan%s of codebook version %s; `sidestream remap list` shows all"
                        .formatted(epoch == null ? "" : " " + epoch, version));
    }

    private void print(PlanLife life) {
        RemapPlan plan = life.plan();
        line("version", plan.getCodebookVersion());
        line("epoch", Long.toString(plan.getEpoch()));
        line("status", RemapText.status(life));
        line("policy", RemapText.policy(plan));
        line("layer", Integer.toString(plan.getLayer()));
        line("decided", RemapText.time(plan.getDecidedAt()));
        line("decided by", Console.printable(plan.getDecidedBy()));
        line("head tokens", RemapText.headCount(plan));
        if (!RemapText.headTokens(plan).isEmpty()) {
            line("", RemapText.list(RemapText.headTokens(plan)));
        }
        line("items", RemapText.count(plan.getItems()));
        line("items on head tokens", share(plan.getHeadItems(), plan));
        line("items to move", share(plan.getItemsToMove(), plan));
        line("items moved", RemapText.count(life.itemsMoved()));

        if (!plan.getSkewBefore().isEmpty()) {
            console.println("");
            console.table(
                    List.of("skew before", "value"),
                    new TreeMap<>(plan.getSkewBefore())
                            .entrySet().stream()
                                    .map(
                                            metric ->
                                                    List.of(
                                                            metric.getKey(),
                                                            RemapText.value(metric.getValue())))
                                    .toList());
        }
        if (!life.steps().isEmpty()) {
            console.println("");
            console.table(
                    List.of("time", "step", "reached", "items moved", "message"),
                    turns(life.steps()).stream().map(RemapShowCommand::row).toList());
        }
    }

    private void line(String name, String value) {
        console.println("%-22s %s".formatted(name, value));
    }

    private static String share(long items, RemapPlan plan) {
        return RemapText.countAndShare(items, plan.getItems());
    }

    /** A sweep repeats its step again and again: of equal ones in a row, the first and the last. */
    private static List<RemapPlanStatus> turns(List<RemapPlanStatus> steps) {
        List<RemapPlanStatus> turns = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            boolean first = i == 0 || steps.get(i).getStatus() != steps.get(i - 1).getStatus();
            boolean last =
                    i == steps.size() - 1
                            || steps.get(i).getStatus() != steps.get(i + 1).getStatus();
            if (first || last) {
                turns.add(steps.get(i));
            }
        }
        return turns;
    }

    private static List<String> row(RemapPlanStatus step) {
        return List.of(
                RemapText.time(step.getAt()),
                step.getStatus().name(),
                "%d%%".formatted((int) (100 * step.getProgress())),
                RemapText.count(step.getItemsMoved()),
                Console.printable(step.getMessage()));
    }
}
