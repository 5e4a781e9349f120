package io.sidestream.jobs;

import io.sidestream.operators.Announcement;
import io.sidestream.operators.Buckets;
import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.Assign;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.GatedSource;
import io.sidestream.operators.assign.StoreAccess;
import io.sidestream.operators.backfill.DecodeAssignment;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.control.ControlChange;
import io.sidestream.operators.control.DecodeManifest;
import io.sidestream.operators.control.DecodeRemap;
import io.sidestream.operators.control.RemapChange;
import io.sidestream.operators.decode.Decode;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.operators.index.Index;
import io.sidestream.operators.index.PathChange;
import io.sidestream.operators.publish.Publication;
import io.sidestream.operators.publish.Publish;
import io.sidestream.operators.resolve.Resolve;
import io.sidestream.operators.resolve.ResolvedSid;
import io.sidestream.operators.watch.Watch;
import io.sidestream.schema.DeadLetter;
import java.time.Duration;
import java.util.UUID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The indexing job: item embeddings in, SID updates out.
 *
 * <pre>
 *  items ────────▶ Decode ──▶ Assign ──▶[bucket of item] Index ──▶[bucket of path] Resolve ──▶[bucket of item] Publish ──▶ updates
 *                                             ▲          │                      │                          │
 *  assignments ──▶ DecodeAssignment ──────────┘          └────── tallies ───────┴──▶[version] Watch ◀──────┘
 *
 *  codebooks ────▶ DecodeManifest ╌╌ broadcast to Assign, Index, Resolve and Publish, and to Watch
 *  remaps ───────▶ DecodeRemap ╌╌╌╌╌ broadcast to Index, and to Watch
 *
 *  Assign, Watch ──▶ announcements: hourglass, remaps, progress
 *  Assign and all that decodes ──▶ dead letters
 * </pre>
 */
public final class IndexingJob {

    /** The job's name in Flink. */
    public static final String NAME = "sidestream-indexing";

    private IndexingJob() {}

    /**
     * Runs the job on Kafka.
     *
     * @param args options as {@code --key value}, by the keys of {@link KafkaOptions}, {@link
     *     IndexingOptions} and Flink; see {@link JobSettings} for what goes before what
     */
    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        onKafka(env, JobSettings.settle(env, recommended(), args));
        env.execute(NAME);
    }

    /**
     * How the job is meant to run: with incremental RocksDB checkpoints. What a runner says of
     * these goes before.
     */
    public static Configuration recommended() {
        Configuration config = new Configuration();
        config.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        config.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        config.set(RocksDBConfigurableOptions.USE_BLOOM_FILTER, true);
        config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(10));
        config.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        config.set(PipelineOptions.MAX_PARALLELISM, 512);
        return config;
    }

    /**
     * Draws the job between topics of a Kafka cluster.
     *
     * @param config options by the keys of {@link KafkaOptions} and {@link IndexingOptions}
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public static void onKafka(StreamExecutionEnvironment env, ReadableConfig config) {
        KafkaEndpoints kafka = new KafkaEndpoints(KafkaOptions.from(config));
        define(env, kafka.sources(), kafka.sinks(), IndexingOptions.from(config));
    }

    /** Draws the job between any endpoints. */
    public static void define(
            StreamExecutionEnvironment env,
            IndexingSources sources,
            IndexingSinks sinks,
            IndexingOptions options) {
        env.configure(records());
        env.configure(JobSettings.invariants());
        String job = UUID.randomUUID().toString();
        StoreAccess store = new StoreAccess(options.store(), sinks.topics());
        Buckets buckets = options.buckets();

        SingleOutputStreamOperator<CodebookChange> codebooks =
                source(env, sources.codebooks(), Stages.CODEBOOKS_SOURCE)
                        .setParallelism(1)
                        .process(new DecodeManifest())
                        .setParallelism(1)
                        .name(Stages.DECODE_MANIFEST)
                        .uid(Stages.DECODE_MANIFEST);

        SingleOutputStreamOperator<RemapChange> remaps =
                source(env, sources.remaps(), Stages.REMAPS_SOURCE)
                        .setParallelism(1)
                        .process(new DecodeRemap())
                        .setParallelism(1)
                        .name(Stages.DECODE_REMAP)
                        .uid(Stages.DECODE_REMAP);

        DataStream<ControlChange> control = control(codebooks, remaps);

        SingleOutputStreamOperator<IncomingRecord> items =
                source(env, new GatedSource<>(sources.items(), job), Stages.ITEMS_SOURCE);

        SingleOutputStreamOperator<DecodedItem> decoded =
                items.process(new Decode(options.decode())).name(Stages.DECODE).uid(Stages.DECODE);

        SingleOutputStreamOperator<AssignedItem> assigned =
                decoded.connect(codebooks.broadcast())
                        .transform(
                                Stages.ASSIGN,
                                AssignedItem.TYPE,
                                new Assign(options.assign(), job, store))
                        .uid(Stages.ASSIGN);

        // A job that begins anew must know the versions before it reads what was backfilled.
        SingleOutputStreamOperator<IncomingRecord> assignments =
                source(
                        env,
                        new GatedSource<>(sources.assignments(), job),
                        Stages.ASSIGNMENTS_SOURCE);
        placeTogether(job, items, assigned, assignments);

        SingleOutputStreamOperator<AssignedItem> backfilled =
                assignments
                        .connect(codebooks.broadcast(DecodeAssignment.LAYER_SIZES))
                        .process(new DecodeAssignment(options.decode()))
                        .name(Stages.DECODE_ASSIGNMENT)
                        .uid(Stages.DECODE_ASSIGNMENT);

        SingleOutputStreamOperator<PathChange> moves =
                assigned.union(backfilled)
                        .keyBy(item -> buckets.ofItem(item.itemId()), Types.INT)
                        .connect(control.broadcast())
                        .transform(
                                Stages.INDEX,
                                PathChange.TYPE,
                                new Index(buckets, options.combine(), options.sweep()))
                        .uid(Stages.INDEX);

        SingleOutputStreamOperator<ResolvedSid> resolved =
                moves.keyBy(move -> buckets.ofPath(move.path()), Types.INT)
                        .connect(codebooks.broadcast())
                        .transform(
                                Stages.RESOLVE,
                                ResolvedSid.TYPE,
                                new Resolve(
                                        buckets,
                                        options.publish().disambiguation(),
                                        options.combine(),
                                        options.sweep()))
                        .uid(Stages.RESOLVE);

        SingleOutputStreamOperator<Publication> updates =
                resolved.keyBy(sid -> buckets.ofItem(sid.item().itemId()), Types.INT)
                        .connect(codebooks.broadcast())
                        .transform(
                                Stages.PUBLISH,
                                Publication.TYPE,
                                new Publish(
                                        buckets,
                                        options.publish(),
                                        options.combine(),
                                        options.sweep()))
                        .uid(Stages.PUBLISH);

        updates.sinkTo(sinks.updates()).name(Stages.UPDATES_SINK).uid(Stages.UPDATES_SINK);

        DataStream<Announcement> announcements = assigned.getSideOutput(Announcement.TAG);
        if (options.combine().enabled()) {
            DataStream<Tally> tallies =
                    loaded(assigned)
                            .union(
                                    moves.getSideOutput(Tally.TAG),
                                    resolved.getSideOutput(Tally.TAG),
                                    updates.getSideOutput(Tally.TAG));
            announcements = announcements.union(watch(tallies, control, options, store));
        }
        announcements
                .sinkTo(sinks.announcements())
                .setParallelism(1)
                .name(Stages.ANNOUNCEMENTS_SINK)
                .uid(Stages.ANNOUNCEMENTS_SINK);

        deadLetters(codebooks, remaps, decoded, assigned, backfilled)
                .sinkTo(sinks.deadLetters())
                .setParallelism(1)
                .name(Stages.DEAD_LETTERS_SINK)
                .uid(Stages.DEAD_LETTERS_SINK);
    }

    /** What is decided outside the stream of items; of one version, in order. */
    private static DataStream<ControlChange> control(
            DataStream<CodebookChange> codebooks, DataStream<RemapChange> remaps) {
        return codebooks
                .map(ControlChange::of, ControlChange.TYPE)
                .setParallelism(1)
                .name(Stages.CONTROL_CODEBOOKS)
                .uid(Stages.CONTROL_CODEBOOKS)
                .union(
                        remaps.map(ControlChange::of, ControlChange.TYPE)
                                .setParallelism(1)
                                .name(Stages.CONTROL_REMAPS)
                                .uid(Stages.CONTROL_REMAPS));
    }

    /**
     * Watch reports on a version from when a subtask has loaded it, whether or not items arrive.
     */
    private static DataStream<Tally> loaded(SingleOutputStreamOperator<AssignedItem> assigned) {
        return assigned.getSideOutput(Assign.LOADED)
                .map(Tally::none, Tally.TYPE)
                .name(Stages.LOADED_VERSIONS)
                .uid(Stages.LOADED_VERSIONS);
    }

    /** There are few versions, and what is said about one must stay in order: one subtask. */
    private static SingleOutputStreamOperator<Announcement> watch(
            DataStream<Tally> tallies,
            DataStream<ControlChange> control,
            IndexingOptions options,
            StoreAccess store) {
        return tallies.keyBy(Tally::codebookVersion, Types.STRING)
                .connect(control.keyBy(ControlChange::codebookVersion, Types.STRING))
                .process(
                        new Watch(
                                options.watch(), options.remap(), options.buckets().count(), store))
                .setParallelism(1)
                .name(Stages.WATCH)
                .uid(Stages.WATCH);
    }

    /** How records are handled between the stages, whoever runs the job. */
    private static Configuration records() {
        Configuration config = new Configuration();
        config.set(PipelineOptions.GENERIC_TYPES, false);
        config.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        config.set(PipelineOptions.OBJECT_REUSE, true); // every record is immutable
        return config;
    }

    private static SingleOutputStreamOperator<IncomingRecord> source(
            StreamExecutionEnvironment env, Source<IncomingRecord, ?, ?> source, String name) {
        return env.fromSource(source, WatermarkStrategy.noWatermarks(), name, IncomingRecord.TYPE)
                .uid(name);
    }

    /** Subtasks of the stages that have one number run in one process: they share a gate. */
    private static void placeTogether(String job, SingleOutputStreamOperator<?>... stages) {
        for (SingleOutputStreamOperator<?> stage : stages) {
            stage.getTransformation().setCoLocationGroupKey(job);
        }
    }

    private static DataStream<DeadLetter> deadLetters(
            SingleOutputStreamOperator<?> first, SingleOutputStreamOperator<?>... others) {
        DataStream<DeadLetter> letters = first.getSideOutput(DeadLetters.TAG);
        for (SingleOutputStreamOperator<?> other : others) {
            letters = letters.union(other.getSideOutput(DeadLetters.TAG));
        }
        return letters;
    }
}
