package io.sidestream.local.commands;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.codebook.Codebook;
import io.sidestream.local.UserError;
import io.sidestream.local.commands.remap.RemapPlanOptions;
import io.sidestream.local.commands.remap.RemapPolicyConverter;
import io.sidestream.local.commands.remap.RemapProgress;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.HourglassLog;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.kafka.RemapLog;
import io.sidestream.local.kafka.RemapRequests;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.operators.watch.RemapOptions;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.ReportScope;
import io.sidestream.sid.RemapPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Option;

/**
 * What a one-shot run has done about its catalog's skew once everything is indexed: a remap plan
 * applied, by the same road as in production, and a report written. Every wait takes checkpoints,
 * for what the job says is seen when it is committed.
 */
final class IndexWatch {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Option(
            names = "--remap",
            paramLabel = "POLICY",
            converter = RemapPolicyConverter.class,
            description =
                    "When everything is indexed, drop tokens of a layer from SIDs: "
                            + RemapPolicyConverter.FORMS
                            + ".")
    private RemapPolicy remap;

    @Option(
            names = "--remap-layer",
            paramLabel = "N",
            description = "The layer whose tokens --remap drops (default: 2).")
    private Integer remapLayer;

    @Option(
            names = "--hourglass",
            paramLabel = "FILE",
            description =
                    "File to write a last report of the skew of every layer to, and of the remap"
                            + " plan in force, as JSON.")
    private Path hourglass;

    /**
     * Looks whether what is asked for can be done.
     *
     * @throws UserError if it cannot
     */
    void requirePossible(Codebook codebook) {
        if (remap != null) {
            RemapPlanOptions.requireLayer(
                    "--remap-layer", layer(), codebook.version(), codebook.layers());
        } else if (remapLayer != null) {
            throw new UserError("--remap-layer says where, --remap is missing to say what to drop");
        }
        if (hourglass != null) {
            OutputFile.requireWritable("--hourglass", hourglass);
        }
    }

    private int layer() {
        return remapLayer == null ? RemapOptions.LAYER.defaultValue() : remapLayer;
    }

    /** The settings of a job that plans nothing unasked, and is asked without a long wait. */
    LocalStack.Settings configured(LocalStack.Settings given) {
        Configuration job = new Configuration();
        job.set(RemapOptions.MODE, RemapOptions.Mode.OFF.toString());
        if (remap != null || hourglass != null) {
            job.set(WatchOptions.INTERVAL, INTERVAL);
        }
        job.addAll(given.job());
        return new LocalStack.Settings(
                given.port(), given.parallelism(), given.checkpointInterval(), job);
    }

    /** Does it, if there is anything to be done, with a stack that has indexed everything. */
    void act(LocalStack stack, String version, Console console)
            throws IOException, InterruptedException {
        if (remap != null) {
            apply(stack, version, console);
        }
        if (hourglass != null) {
            HourglassReport report = report(stack, version);
            PlanLife plan = plan(stack, report);
            Files.writeString(hourglass, HourglassJson.of(report, plan) + '\n', UTF_8);
        }
    }

    private void apply(LocalStack stack, String version, Console console)
            throws InterruptedException {
        RemapRequest request = RemapRequests.toPlan(RemapAction.APPLY, version, layer(), remap);
        try (RemapRequests requests = RemapRequests.open(stack.connection());
                RemapProgress progress = new RemapProgress(console)) {
            requests.send(request);
            requests.await(
                    request,
                    PATIENCE,
                    life -> {
                        progress.waiting(life);
                        stack.checkpoint();
                    });
        }
        checkpoint(stack);
    }

    private static void checkpoint(LocalStack stack) throws InterruptedException {
        while (!stack.checkpoint()) {
            stack.sleep(POLL);
        }
    }

    /**
     * A checkpoint drives before it all that is on its way to the counts; what follows is exact.
     */
    private static HourglassReport report(LocalStack stack, String version)
            throws InterruptedException {
        checkpoint(stack);
        Instant exactFrom = Instant.now();
        try (HourglassLog log = HourglassLog.follow(stack.connection())) {
            while (true) {
                Optional<HourglassReport> report =
                        log.latest(version, ReportScope.STANDING)
                                .filter(one -> one.getAt().isAfter(exactFrom));
                if (report.isPresent()) {
                    return report.get();
                }
                if (Instant.now().isAfter(exactFrom.plus(PATIENCE))) {
                    throw new UserError(
                            ("the indexing job has reported nothing about codebook version %s for"
                                            + " %d minutes; is %s longer than that?")
                                    .formatted(
                                            version,
                                            PATIENCE.toMinutes(),
                                            WatchOptions.INTERVAL.key()));
                }
                stack.checkpoint();
                log.poll(POLL);
            }
        }
    }

    /** The plan that a report's SIDs follow, or null. */
    private static PlanLife plan(LocalStack stack, HourglassReport report)
            throws InterruptedException {
        return RemapLog.read(stack.connection()).stream()
                .filter(
                        life ->
                                life.plan()
                                        .getCodebookVersion()
                                        .equals(report.getCodebookVersion()))
                .filter(life -> life.plan().getEpoch() == report.getRemapEpoch())
                .findAny()
                .orElse(null);
    }
}
