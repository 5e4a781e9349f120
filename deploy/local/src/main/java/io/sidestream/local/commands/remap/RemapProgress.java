package io.sidestream.local.commands.remap;

import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.RemapRequests;

/** Shows how far a remap plan has come: what it is, then how many items have moved. */
public final class RemapProgress implements RemapRequests.Listener, AutoCloseable {

    private final Console console;
    private boolean introduced;
    private Progress sweep;

    public RemapProgress(Console console) {
        this.console = console;
    }

    @Override
    public void waiting(PlanLife life) {
        if (life == null) {
            return;
        }
        if (!introduced) {
            console.note(RemapText.summary(life.plan()));
            introduced = true;
        }
        if (life.isInForce()) {
            if (sweep == null) {
                sweep = Progress.start(console, "remap", life.plan().getItemsToMove(), "items");
            }
            sweep.extra("%d%% of the catalog".formatted((int) (100 * life.progress())));
            sweep.stepTo(life.itemsMoved());
        }
    }

    @Override
    public void close() {
        if (sweep != null) {
            sweep.close();
        }
    }
}
