package io.sidestream.local.commands.remap;

import io.sidestream.local.console.Console;
import io.sidestream.schema.RemapAction;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "propose",
        description = {
            "Have a remap plan made from the live counts. It waits until it is approved; with",
            "--dry-run it is only said what it would do."
        })
final class RemapProposeCommand implements Callable<Integer> {

    @Mixin private RemapPlanOptions plan;
    @Mixin private RemapDialogue dialogue;
    @Mixin private RemapTarget target;

    private final Console console;

    RemapProposeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        plan.make(RemapAction.PROPOSE, target, dialogue, console);
        return 0;
    }
}
