package io.sidestream.local.commands.codebook;

import io.sidestream.local.commands.DurationConverter;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Whether a command waits until the indexing job has followed, and how long. */
final class WaitOptions {

    @Option(
            names = "--no-wait",
            description = "Only announce it; do not wait until the indexing job has followed.")
    private boolean noWait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "60 s",
            converter = DurationConverter.class,
            description =
                    "How long the job may give no sign of itself (default: ${DEFAULT-VALUE}). Its"
                            + " signs come with its checkpoints.")
    private Duration timeout;

    boolean wanted() {
        return !noWait;
    }

    Duration timeout() {
        return timeout;
    }
}
