package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The codebook versions that there are after a series of records of {@code sid-codebooks}. */
final class ManifestTable {

    private final SingleObjectFormat<CodebookManifest> format =
            SingleObjectFormat.of(CodebookManifest.class);
    private final SortedMap<String, CodebookManifest> latest = new TreeMap<>();

    /**
     * Takes the next record. A null value removes a version; what is no manifest under its
     * version's key is passed over, for the job makes a dead letter of it.
     *
     * @return whether that changed anything
     */
    boolean apply(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return false;
        }
        String version = new String(record.key(), UTF_8);
        if (record.value() == null) {
            return latest.remove(version) != null;
        }
        try {
            CodebookManifest manifest = format.decode(record.value());
            return manifest.getVersion().equals(version)
                    && !manifest.equals(latest.put(version, manifest));
        } catch (MalformedRecordException e) {
            return false;
        }
    }

    /** The latest manifest of every version, by version; follows further records. */
    SortedMap<String, CodebookManifest> latest() {
        return Collections.unmodifiableSortedMap(latest);
    }

    /** The latest manifest of every version that is not retired, in the order of versions. */
    List<CodebookManifest> live() {
        return latest.values().stream()
                .filter(manifest -> manifest.getStatus() != CodebookStatus.RETIRED)
                .toList();
    }
}
