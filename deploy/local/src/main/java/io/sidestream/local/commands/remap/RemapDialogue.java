package io.sidestream.local.commands.remap;

import io.sidestream.local.commands.Commands;
import io.sidestream.local.commands.DurationConverter;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.RemapRequests;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapRequest;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Sends a request to the indexing job and tells what comes of it, as these options want it. */
final class RemapDialogue {

    @Option(
            names = "--no-wait",
            description = "Only send the request; do not wait for what the job makes of it.")
    private boolean noWait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "2 min",
            converter = DurationConverter.class,
            description =
                    "How long the job may give no sign of itself (default: ${DEFAULT-VALUE}). It"
                            + " answers at its next evaluation and checkpoint.")
    private Duration timeout;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    boolean asJson() {
        return json;
    }

    /** Has a request answered, unless nobody wants to know. */
    void hold(Console console, Connection connection, RemapRequests requests, RemapRequest request)
            throws InterruptedException {
        requests.send(request);
        if (noWait) {
            if (json) {
                console.println(RemapJson.ofRequest(request.getRequestId()));
            } else {
                console.note(
                        "request %s is sent; `%s remap list%s` will show what comes of it"
                                .formatted(
                                        request.getRequestId(),
                                        Commands.program(),
                                        Commands.reaching(connection)));
            }
            return;
        }
        PlanLife life;
        try (RemapProgress progress = new RemapProgress(console)) {
            life = requests.await(request, timeout, progress);
        }
        console.println(json ? RemapJson.of(life) : outcome(life, connection));
    }

    private static String outcome(PlanLife life, Connection connection) {
        RemapPlan plan = life.plan();
        String what =
                "plan %d of codebook version %s is %s"
                        .formatted(plan.getEpoch(), plan.getCodebookVersion(), life.status());
        if (life.status() == PlanStatus.PLANNED) {
            return what
                    + " and waits; put it into force with `%s remap approve %d --version %s%s`"
                            .formatted(
                                    Commands.program(),
                                    plan.getEpoch(),
                                    plan.getCodebookVersion(),
                                    Commands.reaching(connection));
        }
        return life.status() == PlanStatus.APPLIED
                ? what + ": %s items moved".formatted(RemapText.count(life.itemsMoved()))
                : what;
    }
}
