package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.UserError;
import io.sidestream.local.kafka.Codebooks.Change;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookAlias;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/**
 * The codebook versions that the topic {@code sid-codebooks} announces. What belongs together is
 * written in one Kafka transaction, so that nobody ever reads of two active versions; a transaction
 * id that all writers share sees to it that two of them do not decide on the same state of things.
 */
public final class CodebookRegistry {

    /** What a writer that was killed holds up, readers included. */
    private static final Map<String, String> BRIEF =
            Map.of(
                    ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "15000",
                    ProducerConfig.MAX_BLOCK_MS_CONFIG, "20000");

    private final Connection connection;

    public CodebookRegistry(Connection connection) {
        this.connection = connection;
    }

    /**
     * A version as it is published now.
     *
     * @param manifest the version's manifest
     * @param changed whether anything had to be written for it
     * @param demoted versions that were ACTIVE and are READY now
     * @param incompatible other live versions that take embeddings of another dimension: no
     *     embedding suits them and this version both
     */
    public record Publication(
            CodebookManifest manifest,
            boolean changed,
            List<CodebookManifest> demoted,
            List<CodebookManifest> incompatible) {}

    /**
     * What has been written.
     *
     * @param now all that is announced with it
     * @param end the offset after it in the topic; 0 if nothing had to be written
     */
    public record Written(Change change, Codebooks now, long end) {}

    /**
     * All that is announced.
     *
     * @throws UserError if no broker answers or the topic does not exist
     */
    public Codebooks read() throws InterruptedException {
        ManifestTable table = new ManifestTable();
        TopicFollower.read(connection, connection.topics().codebooks(), table::apply);
        return table.now();
    }

    /**
     * The latest manifest of every version, by version.
     *
     * @throws UserError if no broker answers or the topic does not exist
     */
    public SortedMap<String, CodebookManifest> list() throws InterruptedException {
        return read().manifests();
    }

    /**
     * The version that retrievers use.
     *
     * @throws UserError unless exactly one is active
     */
    public CodebookManifest active() throws InterruptedException {
        List<CodebookManifest> active = read().active();
        if (active.size() != 1) {
            throw new UserError(
                    "%s codebook version is active at %s; say which one with --version"
                            .formatted(
                                    active.isEmpty() ? "no" : "more than one",
                                    connection.bootstrap()));
        }
        return active.get(0);
    }

    /**
     * The latest manifest of every version that is not retired, in the order of versions.
     *
     * @throws UserError if no broker answers or the topic does not exist
     */
    public List<CodebookManifest> live() throws InterruptedException {
        return read().live();
    }

    /**
     * Puts a codebook into a store, makes the topic for its updates and announces it, in this
     * order. Repeating it changes nothing, and completes what was broken off.
     *
     * @param activate whether retrievers are to use it: makes it ACTIVE and the version that was so
     *     far READY. Otherwise a new version is a SHADOW, and one that is published already keeps
     *     its status.
     * @param check looks at what is announced before, and throws if this is not to be done then
     * @param replication of the topic, or {@link TopicAdmin#BROKERS_REPLICATION}
     * @throws UserError if the name stands for another codebook, or has been retired
     */
    public Publication publish(
            Codebook codebook,
            CodebookStore store,
            boolean activate,
            Consumer<Codebooks> check,
            int replication)
            throws IOException, InterruptedException {
        String version = codebook.version();
        Codebooks before = read();
        requireSame(before, codebook);
        check.accept(before);
        CodebookManifest stored = store.put(codebook, CodebookStatus.SHADOW, Instant.now());
        createTopic(version, replication);

        Written written =
                change(
                        now -> {
                            requireSame(now, stored);
                            check.accept(now);
                            return publishing(now, stored, activate);
                        });
        List<CodebookManifest> ofOthers = new ArrayList<>(written.change().manifests());
        boolean changed = ofOthers.removeIf(manifest -> manifest.getVersion().equals(version));
        return new Publication(
                written.now().require(version),
                changed,
                ofOthers,
                written.now().live().stream()
                        .filter(other -> other.getDimension() != codebook.dimension())
                        .toList());
    }

    private Change publishing(Codebooks now, CodebookManifest stored, boolean activate) {
        CodebookManifest published = now.manifests().get(stored.getVersion());
        boolean there = published != null && published.getUri().equals(stored.getUri());
        if (published != null && !there) {
            stored.setStatus(published.getStatus());
        }
        if (activate) {
            return now.activating(there ? published : stored, connection.topics(), Instant.now());
        }
        return there ? Change.NONE : new Change(List.of(stored), null);
    }

    private static void requireSame(Codebooks published, Codebook codebook) throws IOException {
        if (published.manifests().containsKey(codebook.version())) {
            String sha256 = CodebookFile.write(codebook, OutputStream.nullOutputStream());
            requireSame(published.require(codebook.version()), sha256);
        }
    }

    private static void requireSame(Codebooks published, CodebookManifest manifest) {
        if (published.manifests().containsKey(manifest.getVersion())) {
            requireSame(published.require(manifest.getVersion()), manifest.getSha256());
        }
    }

    private static void requireSame(CodebookManifest before, String sha256) {
        if (before.getStatus() == CodebookStatus.RETIRED) {
            throw new UserError(
                    ("codebook version %s has been retired, and a retired name never comes back;"
                                    + " publish under a new name")
                            .formatted(before.getVersion()));
        }
        if (!before.getSha256().equals(sha256)) {
            throw new UserError(
                    ("codebook version %s is published already with other contents (SHA-256 %s, not"
                                    + " %s): a version never changes; publish under a new name")
                            .formatted(before.getVersion(), before.getSha256(), sha256));
        }
    }

    /** With as many partitions as the input, so that neither is the other's bottleneck. */
    private void createTopic(String version, int replication) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            int partitions =
                    admin.partitions(connection.topics().itemEmbeddings())
                            .orElse(TopicAdmin.DEFAULT_PARTITIONS);
            admin.create(List.of(connection.topics().ofVersion(version)), partitions, replication);
        }
    }

    /**
     * Changes what is announced, all or nothing.
     *
     * @param decision told what is announced, says what to write; it may throw instead
     * @throws UserError if somebody else changes something at the same time
     */
    public Written change(Function<Codebooks, Change> decision) throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.require(connection.topics().codebooks()); // a producer would not say it clearly
        }
        try (Producer<byte[], byte[]> producer = producer()) {
            // From here on whoever began before us can commit no more: what we read now holds
            // until we have committed, or have been pushed aside ourselves.
            producer.initTransactions();
            Codebooks now = read();
            Change change = decision.apply(now);
            long end = change.isEmpty() ? 0 : commit(producer, change);
            return new Written(change, now.with(change), end);
        } catch (ExecutionException e) {
            throw explain(e.getCause());
        } catch (KafkaException e) {
            throw explain(e);
        }
    }

    private Producer<byte[], byte[]> producer() {
        Map<String, String> settings = new HashMap<>(BRIEF);
        settings.put(
                ProducerConfig.TRANSACTIONAL_ID_CONFIG, connection.topics().codebooksTransaction());
        return connection.producer(settings);
    }

    private long commit(Producer<byte[], byte[]> producer, Change change)
            throws ExecutionException, InterruptedException {
        producer.beginTransaction();
        try {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (ProducerRecord<byte[], byte[]> record : records(change)) {
                sent.add(producer.send(record));
            }
            long end = 0;
            for (Future<RecordMetadata> one : sent) {
                end = one.get().offset() + 1;
            }
            producer.commitTransaction();
            return end;
        } catch (ExecutionException | InterruptedException | KafkaException e) {
            abort(producer);
            throw e;
        }
    }

    private static void abort(Producer<byte[], byte[]> producer) {
        try {
            producer.abortTransaction();
        } catch (KafkaException | IllegalStateException e) {
            return; // it runs out by itself, or somebody else has ended it
        }
    }

    private List<ProducerRecord<byte[], byte[]>> records(Change change) {
        SingleObjectFormat<CodebookManifest> format = SingleObjectFormat.of(CodebookManifest.class);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (CodebookManifest manifest : change.manifests()) {
            records.add(record(manifest.getVersion(), format.encode(manifest)));
        }
        if (change.aliasOrNull() != null) {
            records.add(
                    record(
                            ControlKeys.alias(change.aliasOrNull().getAlias()),
                            SingleObjectFormat.of(CodebookAlias.class)
                                    .encode(change.aliasOrNull())));
        }
        return records;
    }

    private ProducerRecord<byte[], byte[]> record(String key, byte[] value) {
        return new ProducerRecord<>(connection.topics().codebooks(), key.getBytes(UTF_8), value);
    }

    private RuntimeException explain(Throwable error) {
        if (error instanceof ProducerFencedException
                || error instanceof InvalidProducerEpochException) {
            return new UserError(
                    "another command has begun to change the codebook versions at the same moment,"
                            + " so that nothing was written; see what it has done with `sidestream"
                            + " codebook status`, and try again",
                    error);
        }
        return KafkaErrors.explain(connection, error);
    }
}
