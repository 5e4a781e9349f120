package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.CodebookAlias;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The codebook versions that there are after a series of records of {@code sid-codebooks}. */
final class ManifestTable {

    private final SingleObjectFormat<CodebookManifest> manifests =
            SingleObjectFormat.of(CodebookManifest.class);
    private final SingleObjectFormat<CodebookAlias> aliases =
            SingleObjectFormat.of(CodebookAlias.class);
    private final SortedMap<String, CodebookManifest> latest = new TreeMap<>();
    private final Map<String, CodebookAlias> latestAliases = new HashMap<>();

    /**
     * Takes the next record. A null value removes a version or an alias; what is no manifest under
     * its version's key, and no alias under its own, is passed over, for the job makes a dead
     * letter of it.
     *
     * @return whether that changed anything
     */
    boolean apply(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return false;
        }
        String key = new String(record.key(), UTF_8);
        try {
            return ControlKeys.isAlias(key)
                    ? applyAlias(key, record.value())
                    : applyManifest(key, record.value());
        } catch (MalformedRecordException e) {
            return false;
        }
    }

    private boolean applyManifest(String version, byte[] value) throws MalformedRecordException {
        if (value == null) {
            return latest.remove(version) != null;
        }
        CodebookManifest manifest = manifests.decode(value);
        return manifest.getVersion().equals(version)
                && !manifest.equals(latest.put(version, manifest));
    }

    private boolean applyAlias(String key, byte[] value) throws MalformedRecordException {
        if (value == null) {
            return latestAliases.remove(key) != null;
        }
        CodebookAlias alias = aliases.decode(value);
        return ControlKeys.alias(alias.getAlias()).equals(key)
                && !alias.equals(latestAliases.put(key, alias));
    }

    /** What there is now. */
    Codebooks now() {
        return new Codebooks(latest, latestAliases.get(ControlKeys.alias(ControlKeys.ACTIVE)));
    }
}
