package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.UserError;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/** The codebook versions that the topic {@code sid-codebooks} announces. */
public final class CodebookRegistry {

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
     * The latest manifest of every version, by version.
     *
     * @throws UserError if no broker answers or the topic does not exist
     */
    public SortedMap<String, CodebookManifest> list() throws InterruptedException {
        return read().latest();
    }

    /**
     * The version that retrievers use.
     *
     * @throws UserError unless exactly one is active
     */
    public CodebookManifest active() throws InterruptedException {
        List<CodebookManifest> active =
                list().values().stream()
                        .filter(one -> one.getStatus() == CodebookStatus.ACTIVE)
                        .toList();
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

    private ManifestTable read() throws InterruptedException {
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.require(connection.topics().codebooks());
        }
        ManifestTable table = new ManifestTable();
        TopicReader.read(
                connection,
                connection.topics().codebooks(),
                TopicReader.Listener.none(),
                table::apply);
        return table;
    }

    /**
     * Puts a codebook into a store, makes the topic for its updates and announces it, in this
     * order. Repeating it changes nothing, and completes what was broken off.
     *
     * @param activate whether retrievers are to use it: makes it ACTIVE and the version that was so
     *     far READY. Otherwise a new version is a SHADOW, and one that is published already keeps
     *     its status.
     * @param replication of the topic, or {@link TopicAdmin#BROKERS_REPLICATION}
     * @throws UserError if the name stands for another codebook, or has been retired
     */
    public Publication publish(
            Codebook codebook, CodebookStore store, boolean activate, int replication)
            throws IOException, InterruptedException {
        String version = codebook.version();
        SortedMap<String, CodebookManifest> published = new TreeMap<>(list());
        CodebookManifest before = published.remove(version);
        if (before != null) {
            requireSame(before, codebook);
        }
        CodebookManifest manifest = store.put(codebook, status(before, activate), Instant.now());
        createTopic(version, replication);

        boolean changed =
                before == null
                        || before.getStatus() != manifest.getStatus()
                        || !before.getUri().equals(manifest.getUri());
        // Two active versions, if this was broken off in between, are one too many, none is worse:
        // so the new one goes first, and all others are demoted.
        List<CodebookManifest> demoted =
                published.values().stream()
                        .filter(other -> activate && other.getStatus() == CodebookStatus.ACTIVE)
                        .map(CodebookRegistry::demoted)
                        .toList();
        List<CodebookManifest> changes = new ArrayList<>(demoted);
        if (changed) {
            changes.add(0, manifest);
        }
        send(changes);
        List<CodebookManifest> incompatible =
                published.values().stream()
                        .filter(other -> other.getStatus() != CodebookStatus.RETIRED)
                        .filter(other -> other.getDimension() != codebook.dimension())
                        .toList();
        return new Publication(manifest, changed, demoted, incompatible);
    }

    private static void requireSame(CodebookManifest before, Codebook codebook) throws IOException {
        if (before.getStatus() == CodebookStatus.RETIRED) {
            throw new UserError(
                    ("codebook version %s has been retired and its SIDs are being removed;"
                                    + " publish under a new name")
                            .formatted(before.getVersion()));
        }
        String sha256 = CodebookFile.write(codebook, OutputStream.nullOutputStream());
        if (!before.getSha256().equals(sha256)) {
            throw new UserError(
                    ("codebook version %s is published already with other contents (SHA-256 %s, not"
                                    + " %s): a version never changes; publish under a new name")
                            .formatted(before.getVersion(), before.getSha256(), sha256));
        }
    }

    private static CodebookStatus status(CodebookManifest before, boolean activate) {
        if (activate) {
            return CodebookStatus.ACTIVE;
        }
        return before == null ? CodebookStatus.SHADOW : before.getStatus();
    }

    private static CodebookManifest demoted(CodebookManifest manifest) {
        return CodebookManifest.newBuilder(manifest)
                .setStatus(CodebookStatus.READY)
                .setPublishedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
                .build();
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

    private void send(Collection<CodebookManifest> manifests) throws InterruptedException {
        if (manifests.isEmpty()) {
            return;
        }
        SingleObjectFormat<CodebookManifest> format = SingleObjectFormat.of(CodebookManifest.class);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            for (CodebookManifest manifest : manifests) {
                sent.add(
                        producer.send(
                                new ProducerRecord<>(
                                        connection.topics().codebooks(),
                                        manifest.getVersion().getBytes(UTF_8),
                                        format.encode(manifest))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw KafkaErrors.explain(connection, e.getCause());
        } catch (KafkaException e) {
            throw KafkaErrors.explain(connection, e);
        }
    }
}
