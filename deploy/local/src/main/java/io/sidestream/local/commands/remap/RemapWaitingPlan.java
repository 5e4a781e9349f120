package io.sidestream.local.commands.remap;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.RemapRequests;
import io.sidestream.schema.RemapAction;
import picocli.CommandLine.Parameters;

/** The parameter that names a remap plan which waits for a decision, and the deciding. */
final class RemapWaitingPlan {

    @Parameters(paramLabel = "EPOCH", description = "Number of the plan, as `remap list` shows it.")
    private long epoch;

    /** Has the job do what was decided. */
    void decide(RemapAction action, RemapTarget target, RemapDialogue dialogue, Console console)
            throws InterruptedException {
        Connection connection = target.connection();
        String version = target.live(connection).getVersion();
        try (RemapRequests requests = RemapRequests.open(connection)) {
            requireWaiting(requests, version);
            dialogue.hold(
                    console, connection, requests, RemapRequests.toDecide(action, version, epoch));
        }
    }

    private void requireWaiting(RemapRequests requests, String version) {
        PlanLife life =
                requests.plan(version, epoch)
                        .orElseThrow(
                                () ->
                                        new UserError(
                                                ("there is no remap plan %d of codebook version"
                                                                + " %s; `sidestream remap list`"
                                                                + " shows all")
                                                        .formatted(epoch, version)));
        if (!life.isPending()) {
            throw new UserError(
                    "plan %d of codebook version %s does not wait for a decision: it is %s since %s"
                            .formatted(
                                    epoch, version, life.status(), RemapText.time(life.since())));
        }
    }
}
