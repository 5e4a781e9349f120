package io.sidestream.local.commands.remap;

import io.sidestream.local.console.Console;
import io.sidestream.schema.RemapAction;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "reject",
        description = {"Drop a remap plan that waits."})
final class RemapRejectCommand implements Callable<Integer> {

    @Mixin private RemapWaitingPlan plan;
    @Mixin private RemapDialogue dialogue;
    @Mixin private RemapTarget target;

    private final Console console;

    RemapRejectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        plan.decide(RemapAction.REJECT, target, dialogue, console);
        return 0;
    }
}
