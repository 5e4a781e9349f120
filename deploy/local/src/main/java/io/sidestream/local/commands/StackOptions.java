package io.sidestream.local.commands;

import io.sidestream.jobs.IndexingOptions;
import io.sidestream.jobs.JobOptions;
import io.sidestream.jobs.KafkaOptions;
import io.sidestream.local.UserError;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.operators.publish.PublishOptions;
import io.sidestream.sid.Disambiguation;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of the commands that run the job themselves: how it runs and what SIDs look like. */
final class StackOptions {

    /** More than any one machine has processors for. */
    private static final int MOST_SUBTASKS = 128;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            description = "Subtasks of every operator (default: one a processor, at most 4).")
    private int parallelism = LocalStack.Settings.defaultParallelism();

    @Option(
            names = "--checkpoint-interval",
            paramLabel = "TIME",
            defaultValue = "1 s",
            converter = DurationConverter.class,
            description =
                    "Time between checkpoints, which is how long updates wait to be seen (default:"
                            + " ${DEFAULT-VALUE}).")
    private Duration checkpointInterval;

    @Option(
            names = "--disambiguation",
            paramLabel = "POLICY",
            description = {
                "What makes items on one path distinct: append (an ordinal, always there),"
                        + " when-needed",
                "(ordinal 0 is not shown) or none. Fixed for the life of the state (default:"
                        + " append)."
            })
    private String disambiguation = Disambiguation.APPEND.toString();

    @Option(
            names = "--sid-template",
            paramLabel = "TEXT",
            description = {
                "How a token is written: {letter} and {layer} tell its layer, {token} is its index",
                "(default: <{letter}_{token}>)."
            })
    private String sidTemplate;

    @Option(
            names = "--option",
            paramLabel = "KEY=VALUE",
            description =
                    "Any other option of the job or of Flink, like"
                            + " sidestream.assign.bundle-size=64; may be repeated.")
    private Map<String, String> options = new LinkedHashMap<>();

    /**
     * @param port of Kafka, or 0: any free one
     * @throws ParameterException if an option is out of range
     */
    LocalStack.Settings settings(int port) {
        if (parallelism < 1 || parallelism > MOST_SUBTASKS) {
            throw new ParameterException(
                    command.commandLine(),
                    "--parallelism must be from 1 to %d, not %d"
                            .formatted(MOST_SUBTASKS, parallelism));
        }
        if (port < 0 || port > 65_535) {
            throw new ParameterException(
                    command.commandLine(), "--bootstrap-port must be from 0 to 65535, not " + port);
        }
        Configuration job = Configuration.fromMap(options);
        job.set(PublishOptions.DISAMBIGUATION, disambiguation);
        if (sidTemplate != null) {
            job.set(PublishOptions.TEXT_TOKEN, sidTemplate);
            job.set(PublishOptions.TEXT_DISAMBIGUATOR, sidTemplate);
        }
        try {
            JobOptions.requireKnown(options.keySet());
            IndexingOptions.from(job); // now, not when Kafka and Flink are up
            KafkaOptions.from(job);
        } catch (IllegalArgumentException e) {
            throw new UserError(e.getMessage(), e);
        }
        return new LocalStack.Settings(port, parallelism, checkpointInterval, job);
    }
}
