package io.sidestream.jobs;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.OutputTopics;
import io.sidestream.operators.assign.StoreAccess;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.operators.backfill.AssignAgain;
import io.sidestream.operators.backfill.ThrottledSource;
import io.sidestream.operators.decode.Decode;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookManifest;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backfill job: fills a new codebook version with the items that were there before it, beside
 * the indexing job, which goes on. It is bounded: it ends where the indexing job began to assign
 * arrivals under the version.
 *
 * <pre>
 *  items, up to there ──▶ Decode ──▶ AssignAgain ──▶ assignments ┄┄▶ (the indexing job's Index)
 *                                         ╲
 *                                       dead letters
 * </pre>
 *
 * <p>What does not decode is a dead letter of the indexing job already, and is passed over here.
 */
public final class BackfillJob {

    /** The job's name in Flink. */
    public static final String NAME = "sidestream-backfill";

    private static final Logger LOG = LoggerFactory.getLogger(BackfillJob.class);

    private BackfillJob() {}

    /**
     * Runs a backfill on Kafka, to its end or on from where it was.
     *
     * @param args options as {@code --key value}, by the keys of {@link BackfillOptions}, {@link
     *     KafkaOptions}, {@link AssignOptions} and Flink; see {@link JobSettings} for what goes
     *     before what
     */
    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Configuration config = JobSettings.settle(env, recommended(), args);
        run(env, config, progress -> LOG.info("{}", progress));
    }

    /**
     * How the job is meant to run: what it has come to is in Kafka, and a checkpoint is what makes
     * it say so. What a runner says of these goes before.
     */
    public static Configuration recommended() {
        Configuration config = new Configuration();
        config.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        config.set(CheckpointingOptions.CHECKPOINT_STORAGE, "jobmanager");
        config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(2));
        // What does not pass by itself is for a person to see, who then runs it again.
        config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
        return config;
    }

    /**
     * Runs a backfill from where it is to the end: until the index has all codes, and the version
     * is READY if it was SHADOW.
     *
     * @param env where the job runs
     * @param config options by the keys of {@link BackfillOptions}, {@link KafkaOptions}, {@link
     *     DecodeOptions} and {@link AssignOptions}
     * @param listener is told how far it has come, about every second, on the calling thread
     * @throws BackfillException if it cannot be done; the message says why and what to do
     * @throws InterruptedException if the calling thread is interrupted; the job is cancelled, and
     *     goes on where it was when it is run again
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static void run(
            StreamExecutionEnvironment env,
            Configuration config,
            Consumer<BackfillProgress> listener)
            throws Exception {
        run(env, config, KafkaOptions.from(config), listener);
    }

    /**
     * Runs a backfill as {@link #run(StreamExecutionEnvironment, Configuration, Consumer)} does.
     *
     * @param kafkaOptions instead of those in the configuration: they may hold secrets, which a
     *     configuration would show
     */
    public static void run(
            StreamExecutionEnvironment env,
            Configuration config,
            KafkaOptions kafkaOptions,
            Consumer<BackfillProgress> listener)
            throws Exception {
        BackfillOptions options = BackfillOptions.from(config);
        KafkaEndpoints endpoints = new KafkaEndpoints(kafkaOptions);
        try (BackfillKafka kafka = new BackfillKafka(kafkaOptions)) {
            new BackfillRun(kafka, kafkaOptions.groups(), options, listener)
                    .run(
                            (manifest, items) -> {
                                define(
                                        env,
                                        endpoints.items(
                                                items,
                                                kafkaOptions.groups().backfill(options.version())),
                                        endpoints.backfillSinks(),
                                        manifest,
                                        items.offsetsUntil(),
                                        options,
                                        DecodeOptions.from(config),
                                        AssignOptions.from(config),
                                        StoreOptions.from(config));
                                return env.executeAsync(NAME);
                            });
        }
    }

    /**
     * Draws the job between any endpoints.
     *
     * @param until the offset behind the last item of each partition, for those who ask how far it
     *     has come
     */
    public static void define(
            StreamExecutionEnvironment env,
            Source<IncomingRecord, ?, ?> items,
            BackfillSinks sinks,
            CodebookManifest manifest,
            Map<Integer, Long> until,
            BackfillOptions options,
            DecodeOptions decodeOptions,
            AssignOptions assignOptions,
            StoreOptions storeOptions) {
        Configuration invariants = new Configuration();
        invariants.set(PipelineOptions.GENERIC_TYPES, false);
        invariants.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        invariants.set(PipelineOptions.OBJECT_REUSE, true); // every record is immutable
        env.configure(invariants);

        SingleOutputStreamOperator<AssignedItem> assigned =
                env.fromSource(
                                throttled(items, options.itemsPerSecond()),
                                WatermarkStrategy.noWatermarks(),
                                Stages.ITEMS_SOURCE,
                                IncomingRecord.TYPE)
                        .uid(Stages.ITEMS_SOURCE)
                        .process(new Decode(decodeOptions))
                        .name(Stages.DECODE)
                        .uid(Stages.DECODE)
                        .transform(
                                Stages.ASSIGN_AGAIN,
                                AssignedItem.TYPE,
                                new AssignAgain(
                                        assignOptions,
                                        manifest,
                                        until,
                                        new StoreAccess(storeOptions, OutputTopics.any())))
                        .uid(Stages.ASSIGN_AGAIN);

        assigned.sinkTo(sinks.assignments())
                .name(Stages.ASSIGNMENTS_SINK)
                .uid(Stages.ASSIGNMENTS_SINK);
        assigned.getSideOutput(DeadLetters.TAG)
                .sinkTo(sinks.deadLetters())
                .name(Stages.DEAD_LETTERS_SINK)
                .uid(Stages.DEAD_LETTERS_SINK);
    }

    private static Source<IncomingRecord, ?, ?> throttled(
            Source<IncomingRecord, ?, ?> items, double perSecond) {
        return perSecond == 0 ? items : new ThrottledSource<>(items, perSecond);
    }
}
