package io.sidestream.local.commands.remap;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.PublishedItems;
import io.sidestream.local.kafka.RemapRequests;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.RemapAction;
import io.sidestream.sid.RemapPolicy;
import picocli.CommandLine.Option;

/** The options that describe a remap plan to be made, and what is done with it. */
public final class RemapPlanOptions {

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            required = true,
            converter = RemapPolicyConverter.class,
            description = "Which tokens are dropped: " + RemapPolicyConverter.FORMS + ".")
    private RemapPolicy policy;

    @Option(
            names = "--layer",
            paramLabel = "N",
            defaultValue = "2",
            description = "The layer whose tokens are dropped, from 1 (default: ${DEFAULT-VALUE}).")
    private int layer;

    @Option(
            names = "--dry-run",
            description =
                    "Send nothing: make the plan here, of the items that are published now, and say"
                            + " what it would do.")
    private boolean dryRun;

    /** Has the job make the plan, or makes it here to see what it would do. */
    void make(RemapAction action, RemapTarget target, RemapDialogue dialogue, Console console)
            throws InterruptedException {
        Connection connection = target.connection();
        CodebookManifest manifest = target.live(connection);
        requireLayer("--layer", layer, manifest.getVersion(), manifest.getLayerSizes().size());
        try (RemapRequests requests = RemapRequests.open(connection)) {
            if (dryRun) {
                PlanLife inForce = requests.planInForce(manifest.getVersion()).orElse(null);
                DryRun run =
                        DryRun.of(
                                manifest.getVersion(),
                                layer,
                                policy,
                                items(connection, manifest, console));
                if (dialogue.asJson()) {
                    console.println(RemapJson.of(run, inForce));
                } else {
                    new DryRunPrinter(console).print(run, inForce);
                }
                return;
            }
            dialogue.hold(
                    console,
                    connection,
                    requests,
                    RemapRequests.toPlan(action, manifest.getVersion(), layer, policy));
        }
    }

    private static PublishedItems items(
            Connection connection, CodebookManifest manifest, Console console)
            throws InterruptedException {
        PublishedItems items;
        try (Progress progress = Progress.start(console, "read", -1, "records")) {
            items =
                    PublishedItems.read(
                            connection, manifest.getVersion(), manifest.getLayerSizes(), progress);
        }
        if (items.uncommitted() > 0) {
            console.note(
                    "%,d records are not counted: the job had not committed them"
                            .formatted(items.uncommitted()));
        }
        return items;
    }

    /**
     * Insists that a codebook has a layer.
     *
     * @throws UserError unless it has
     */
    public static void requireLayer(String option, int layer, String version, int layers) {
        if (layer < 1 || layer > layers) {
            throw new UserError(
                    "%s is %d, but codebook version %s has %s"
                            .formatted(
                                    option,
                                    layer,
                                    version,
                                    layers == 1 ? "layer 1 only" : "the layers 1 to " + layers));
        }
    }
}
