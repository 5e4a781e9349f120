package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.jobs.Liveness;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookAlias;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.RetirementProgress;
import io.sidestream.schema.SingleObjectFormat;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Leads a codebook version through its life, by records as the commands write them, and follows it
 * in {@code sid-progress}.
 */
final class VersionLife {

    private final TestKafka kafka;
    private final TestCodebook codebook;
    private final CodebookManifest manifest;

    /**
     * @param store where the codebook's file is put
     */
    VersionLife(TestKafka kafka, Path store, TestCodebook codebook) throws Exception {
        this.kafka = kafka;
        this.codebook = codebook;
        this.manifest =
                new CodebookStore(store.toUri())
                        .put(codebook.codebook(), CodebookStatus.SHADOW, Instant.now());
    }

    TestCodebook codebook() {
        return codebook;
    }

    /** The codebook's file. */
    Path file() {
        return Path.of(URI.create(manifest.getUri()));
    }

    void publish() throws Exception {
        publish(CodebookStatus.SHADOW);
    }

    void publish(CodebookStatus status) throws Exception {
        send(
                codebook.version(),
                CodebookManifest.newBuilder(manifest)
                        .setStatus(status)
                        .setPublishedAt(Instant.now())
                        .build());
    }

    /** Makes it what retrievers use. */
    void promote(VersionLife former) throws Exception {
        former.publish(CodebookStatus.READY);
        publish(CodebookStatus.ACTIVE);
        send(
                ControlKeys.alias(ControlKeys.ACTIVE),
                new CodebookAlias(
                        ControlKeys.ACTIVE,
                        codebook.version(),
                        former.codebook.version(),
                        kafka.topics().updates(codebook.version()),
                        Instant.now()));
    }

    void retire() throws Exception {
        publish(CodebookStatus.RETIRED);
    }

    @SuppressWarnings("unchecked")
    private <T extends SpecificRecordBase> void send(String key, T record) throws Exception {
        kafka.send(
                        new ProducerRecord<>(
                                kafka.topics().codebooks(),
                                key.getBytes(UTF_8),
                                SingleObjectFormat.of((Class<T>) record.getClass()).encode(record)))
                .get();
    }

    /** What was last published of it. */
    CodebookStatus status() throws Exception {
        List<CodebookManifest> manifests =
                read(
                        kafka.topics().codebooks(),
                        CodebookManifest.class,
                        codebook.version()::equals);
        return manifests.get(manifests.size() - 1).getStatus();
    }

    Liveness liveness() throws Exception {
        return Liveness.of(
                read(
                        kafka.topics().progress(),
                        LiveReport.class,
                        key -> ControlKeys.isLiveOf(codebook.version(), key)));
    }

    /** Waits until every subtask says that it assigns under the version. */
    Liveness awaitLive(Alive system) throws Exception {
        Eventually.await(
                codebook.version() + " is live",
                () -> {
                    system.requireAlive();
                    return liveness().everywhere();
                });
        return liveness();
    }

    /** Waits until subtasks say that they cannot, and returns why. */
    String awaitFailure(Alive system) throws Exception {
        Eventually.await(
                codebook.version() + " cannot be loaded",
                () -> {
                    system.requireAlive();
                    return liveness().errorOrNull() != null;
                });
        return liveness().errorOrNull();
    }

    /** Waits until the erasure has begun, and is not done. */
    void awaitErasing(Alive system) throws Exception {
        awaitRetirement(
                system,
                "is being erased",
                step -> step.getProgress() > 0 && step.getProgress() < 1);
    }

    /** Waits until nothing of the version is left. */
    RetirementProgress awaitErased(Alive system) throws Exception {
        return awaitRetirement(system, "is erased", step -> step.getProgress() == 1);
    }

    private RetirementProgress awaitRetirement(
            Alive system, String what, Predicate<RetirementProgress> wanted) throws Exception {
        List<RetirementProgress> found = new ArrayList<>();
        Eventually.await(
                codebook.version() + ' ' + what,
                () -> {
                    system.requireAlive();
                    readAll(
                                    kafka.topics().progress(),
                                    RetirementProgress.class,
                                    ControlKeys.retirement(codebook.version())::equals)
                            .stream()
                            .map(Map.Entry::getValue)
                            .filter(wanted)
                            .forEach(found::add);
                    return !found.isEmpty();
                });
        return found.get(0);
    }

    /** Waits until as many items are counted under it as under another, at one instant. */
    void awaitAsCompleteAs(VersionLife other, Instant since, Alive system) throws Exception {
        Eventually.await(
                codebook.version() + " has as many items as " + other.codebook.version(),
                () -> {
                    system.requireAlive();
                    Map<Instant, Long> others = other.itemsSince(since);
                    return itemsSince(since).entrySet().stream()
                            .anyMatch(count -> count.getValue().equals(others.get(count.getKey())));
                });
    }

    private Map<Instant, Long> itemsSince(Instant since) throws Exception {
        Map<Instant, Long> items = new HashMap<>();
        for (HourglassReport report :
                new WatchedVersion(kafka, codebook).reports(ReportScope.STANDING)) {
            if (report.getAt().isAfter(since)) {
                items.put(report.getAt(), report.getItems());
            }
        }
        return items;
    }

    /** The records of a kind, the last of each key, in the order in which they were written. */
    private <T extends SpecificRecordBase> List<T> read(
            String topic, Class<T> type, Predicate<String> keys) throws MalformedRecordException {
        Map<String, T> last = new LinkedHashMap<>();
        for (Map.Entry<String, T> record : readAll(topic, type, keys)) {
            last.remove(record.getKey());
            last.put(record.getKey(), record.getValue());
        }
        return List.copyOf(last.values());
    }

    private <T extends SpecificRecordBase> List<Map.Entry<String, T>> readAll(
            String topic, Class<T> type, Predicate<String> keys) throws MalformedRecordException {
        SingleObjectFormat<T> format = SingleObjectFormat.of(type);
        List<Map.Entry<String, T>> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : kafka.read(topic)) {
            String key = new String(record.key(), UTF_8);
            if (keys.test(key) && format.recognizes(record.value())) {
                records.add(Map.entry(key, format.decode(record.value())));
            }
        }
        return records;
    }
}
