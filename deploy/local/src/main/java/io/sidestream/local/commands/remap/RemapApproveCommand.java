package io.sidestream.local.commands.remap;

import io.sidestream.local.console.Console;
import io.sidestream.schema.RemapAction;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "approve",
        description = {
            "Put a remap plan that waits into force: for arrivals at once, and bucket by bucket"
                    + " for",
            "the items that are indexed. Waits until all have been reached."
        })
final class RemapApproveCommand implements Callable<Integer> {

    @Mixin private RemapWaitingPlan plan;
    @Mixin private RemapDialogue dialogue;
    @Mixin private RemapTarget target;

    private final Console console;

    RemapApproveCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        plan.decide(RemapAction.APPROVE, target, dialogue, console);
        return 0;
    }
}
