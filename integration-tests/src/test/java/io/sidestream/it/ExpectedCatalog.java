package io.sidestream.it;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import io.sidestream.schema.UpdateReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * What must come of a stream of input records, told one after the other in the order in which they
 * are sent. For every codebook version and item it keeps the changes that the input makes: a new
 * SID, another SID, a deletion. Not all of them need to be published, as a later one may overtake
 * an earlier; the last one must be, and nothing else may be.
 */
final class ExpectedCatalog {

    private final Map<String, Version> versions = new TreeMap<>();
    private final Set<String> retired = new HashSet<>();
    private final Map<String, Item> items = new LinkedHashMap<>();
    private final Map<String, List<Event>> events = new LinkedHashMap<>();

    /** A live version with the changes of every item that it has had. */
    private record Version(
            Oracle oracle,
            Map<String, List<Change>> changes,
            Map<String, Assigned> live,
            List<Assigned> arrivals) {}

    /** An embedding and the codes that it has under a version. */
    record Assigned(float[] embedding, int[] codes) {}

    /**
     * A change of one item under one version.
     *
     * @param eventTime of the record behind it; no two records of a test have the same
     * @param codes null where the oracle cannot tell; empty for a deletion
     * @param revision of the embedding, known when its record has been written
     */
    record Change(long eventTime, UpdateReason reason, int[] codes, LongSupplier revision) {}

    /**
     * A record that counts: not of an old revision, and no deletion of what is not there.
     *
     * @param eventTime of the record; no two records of a test have the same
     * @param embedding null: the item is deleted
     * @param revision of the embedding, or of the one before a deletion
     */
    record Event(long eventTime, float[] embedding, LongSupplier revision) {}

    /** What is known of an item that has been sent. */
    private static final class Item {
        private boolean deleted;
        private Long explicitRevision;
        private LongSupplier revision;
    }

    /** From here on, items are assigned under one more version. */
    synchronized void goLive(TestCodebook codebook) {
        versions.put(
                codebook.version(),
                new Version(
                        codebook.oracle(),
                        new LinkedHashMap<>(),
                        new TreeMap<>(),
                        new ArrayList<>()));
    }

    /**
     * An embedding was sent.
     *
     * @param explicitRevision null: the offset orders the item's embeddings
     * @param offset of its record, once it is written
     */
    synchronized void embedding(
            String itemId,
            float[] embedding,
            Long explicitRevision,
            LongSupplier offset,
            long eventTime) {
        Item item = items.computeIfAbsent(itemId, id -> new Item());
        if (explicitRevision != null && item.explicitRevision != null) {
            boolean stale =
                    explicitRevision < item.explicitRevision
                            || (item.deleted && explicitRevision.equals(item.explicitRevision));
            if (stale) {
                return;
            }
        }
        item.explicitRevision = explicitRevision;
        item.revision = explicitRevision == null ? offset : () -> explicitRevision;
        item.deleted = false;
        note(itemId, new Event(eventTime, embedding, item.revision));
        for (Map.Entry<String, Version> entry : versions.entrySet()) {
            if (retired.contains(entry.getKey())) {
                continue;
            }
            Version version = entry.getValue();
            Oracle.Codes codes = version.oracle.codes(embedding);
            Assigned assigned = new Assigned(embedding, codes.values());
            version.live.put(itemId, assigned);
            version.arrivals.add(assigned);
            List<Change> changes = version.changes.computeIfAbsent(itemId, id -> new ArrayList<>());
            Change last = last(changes);
            if (last == null || last.reason == UpdateReason.DELETED) {
                add(changes, eventTime, UpdateReason.NEW, codes, item.revision);
            } else if (!Arrays.equals(last.codes, codes.values())) {
                add(changes, eventTime, UpdateReason.EMBEDDING_CHANGED, codes, item.revision);
            }
        }
    }

    private static void add(
            List<Change> changes,
            long eventTime,
            UpdateReason reason,
            Oracle.Codes codes,
            LongSupplier revision) {
        changes.add(
                new Change(eventTime, reason, codes.decided() ? codes.values() : null, revision));
    }

    private void note(String itemId, Event event) {
        events.computeIfAbsent(itemId, id -> new ArrayList<>()).add(event);
    }

    /** A null value was sent for an item. */
    synchronized void deletion(String itemId, long eventTime) {
        Item item = items.get(itemId);
        if (item == null || item.deleted) {
            return;
        }
        item.deleted = true;
        note(itemId, new Event(eventTime, null, item.revision));
        for (Map.Entry<String, Version> entry : versions.entrySet()) {
            if (retired.contains(entry.getKey())) {
                continue;
            }
            Version version = entry.getValue();
            version.live.remove(itemId);
            List<Change> changes = version.changes.getOrDefault(itemId, List.of());
            Change last = last(changes);
            if (last != null && last.reason != UpdateReason.DELETED) {
                changes.add(new Change(eventTime, UpdateReason.DELETED, new int[0], item.revision));
            }
        }
    }

    /** From here on, nothing is published of a version. */
    synchronized void retire(TestCodebook codebook) {
        retired.add(codebook.version());
    }

    /** Everything that has counted, by item, in its order. */
    Map<String, List<Event>> events() {
        return events;
    }

    /** How many events each item has had so far. */
    synchronized Map<String, Integer> eventCounts() {
        return events.entrySet().stream()
                .collect(toMap(Map.Entry::getKey, event -> event.getValue().size()));
    }

    /** The items that have had no event since. */
    Set<String> unchangedSince(Map<String, Integer> counts) {
        return events.keySet().stream()
                .filter(id -> counts.getOrDefault(id, 0) == events.get(id).size())
                .collect(toSet());
    }

    /** All changes of a version by item, in their order. */
    Map<String, List<Change>> changes(String version) {
        return versions.get(version).changes;
    }

    /** A version's items that are not deleted. */
    Map<String, Assigned> live(String version) {
        return versions.get(version).live;
    }

    /** All embeddings that a version has taken in, without those of an old revision. */
    List<Assigned> arrivals(String version) {
        return versions.get(version).arrivals;
    }

    private static Change last(List<Change> changes) {
        return changes.isEmpty() ? null : changes.get(changes.size() - 1);
    }
}
