package io.sidestream.local.commands.remap;

import io.sidestream.local.console.Console;
import io.sidestream.schema.RemapAction;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "apply",
        description = {
            "Have a remap plan made from the live counts, and put it into force at once: for",
            "arrivals, and bucket by bucket for the items that are indexed. Waits until all",
            "have been reached."
        })
final class RemapApplyCommand implements Callable<Integer> {

    @Mixin private RemapPlanOptions plan;
    @Mixin private RemapDialogue dialogue;
    @Mixin private RemapTarget target;

    private final Console console;

    RemapApplyCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        plan.make(RemapAction.APPLY, target, dialogue, console);
        return 0;
    }
}
