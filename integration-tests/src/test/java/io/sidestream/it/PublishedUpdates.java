package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.it.ExpectedCatalog.Change;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Disambiguation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What a read-committed consumer finds in the topic of one codebook version, folded item by item
 * and held against what is expected.
 */
final class PublishedUpdates {

    private final String version;
    private final Disambiguation disambiguation;

    /** An item's records in their order; null for a null value. */
    private final Map<String, List<SidUpdate>> byItem = new LinkedHashMap<>();

    private PublishedUpdates(String version, Disambiguation disambiguation) {
        this.version = version;
        this.disambiguation = disambiguation;
    }

    static PublishedUpdates read(TestKafka kafka, String version, Disambiguation disambiguation)
            throws MalformedRecordException {
        PublishedUpdates updates = new PublishedUpdates(version, disambiguation);
        SingleObjectFormat<SidUpdate> format = SingleObjectFormat.of(SidUpdate.class);
        for (ConsumerRecord<byte[], byte[]> record : kafka.read(kafka.topics().updates(version))) {
            String itemId = new String(record.key(), UTF_8);
            if (!itemId.startsWith(ItemStream.PROBE)) {
                updates.byItem
                        .computeIfAbsent(itemId, id -> new ArrayList<>())
                        .add(record.value() == null ? null : format.decode(record.value()));
            }
        }
        return updates;
    }

    /** Number of records, null values among them. */
    int count() {
        return byItem.values().stream().mapToInt(List::size).sum();
    }

    boolean contains(String itemId) {
        return byItem.containsKey(itemId);
    }

    /** The last update of every item that has not been deleted. */
    Map<String, SidUpdate> live() {
        Map<String, SidUpdate> live = new TreeMap<>();
        byItem.forEach(
                (id, updates) -> {
                    SidUpdate last = updates.get(updates.size() - 1);
                    if (last != null) {
                        live.put(id, last);
                    }
                });
        return live;
    }

    /**
     * Every update was caused by a record that changes the item, in the order of these records, and
     * says what was said before; the last change is published; deleted items end in a null value.
     */
    void requireExplainedBy(Map<String, List<Change>> expected) {
        assertThat(byItem.keySet()).as("items of %s", version).isEqualTo(expected.keySet());
        byItem.forEach((id, updates) -> fold(id, updates, expected.get(id)));
    }

    private void fold(String id, List<SidUpdate> updates, List<Change> changes) {
        int at = -1;
        String text = null;
        long sequence = 0;
        boolean forgotten = false;
        for (int i = 0; i < updates.size(); i++) {
            SidUpdate update = updates.get(i);
            String where = "%s of %s, record %d: %s".formatted(id, version, i, update);
            if (update == null) {
                assertThat(i).as(where).isPositive();
                assertThat(updates.get(i - 1)).as(where).isNotNull();
                assertThat(updates.get(i - 1).getReason())
                        .as(where)
                        .isEqualTo(UpdateReason.DELETED);
                forgotten = true;
                continue;
            }
            assertThat(at < 0 || forgotten == (changes.get(at).reason() == UpdateReason.DELETED))
                    .as("a deletion is followed by a null value: " + where)
                    .isTrue();
            forgotten = false;
            int next = indexOf(update.getEventTime().toEpochMilli(), changes);
            assertThat(next).as("cause of " + where).isGreaterThan(at);
            at = next;
            requireContent(where, id, update, changes.get(at));
            assertThat(update.getPreviousSidText()).as(where).isEqualTo(text);
            assertThat(update.getSequence()).as(where).isGreaterThan(sequence);
            sequence = update.getSequence();
            text = update.getReason() == UpdateReason.DELETED ? null : update.getSidText();
        }
        assertThat(at).as("last change of %s in %s", id, version).isEqualTo(changes.size() - 1);
        assertThat(forgotten)
                .as("%s in %s ends in a null value", id, version)
                .isEqualTo(changes.get(at).reason() == UpdateReason.DELETED);
    }

    private void requireContent(String where, String id, SidUpdate update, Change change) {
        assertThat(update.getItemId()).as(where).isEqualTo(id);
        assertThat(update.getCodebookVersion()).as(where).isEqualTo(version);
        assertThat(update.getReason()).as(where).isEqualTo(change.reason());
        assertThat(update.getRevision()).as(where).isEqualTo(change.revision().getAsLong());
        assertThat(update.getRemapEpoch()).as(where).isZero();
        if (change.codes() != null) {
            assertThat(codes(update)).as(where).containsExactly(change.codes());
        }
        if (change.reason() == UpdateReason.DELETED) {
            assertThat(update.getSid()).as(where).isEmpty();
            assertThat(update.getSidText()).as(where).isEmpty();
            assertThat(update.getDisambiguator()).as(where).isEqualTo(-1);
        } else {
            requireSidOfCodes(where, update);
        }
    }

    /** The SID is the codes and the ordinal, as tokens and as text. */
    private void requireSidOfCodes(String where, SidUpdate update) {
        List<SidToken> tokens = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int code : update.getCodes()) {
            text.append("<%c_%d>".formatted('a' + tokens.size(), code));
            tokens.add(new SidToken(tokens.size() + 1, code));
        }
        int ordinal = update.getDisambiguator();
        if (disambiguation == Disambiguation.NONE) {
            assertThat(ordinal).as(where).isEqualTo(-1);
        } else {
            assertThat(ordinal).as(where).isNotNegative();
        }
        if (disambiguation == Disambiguation.APPEND
                || (disambiguation == Disambiguation.WHEN_NEEDED && ordinal > 0)) {
            text.append("<%c_%d>".formatted('a' + tokens.size(), ordinal));
        }
        assertThat(update.getSid()).as(where).isEqualTo(tokens);
        assertThat(update.getSidText()).as(where).isEqualTo(text.toString());
    }

    /** No two live items have one SID. */
    void requireUniqueSids() {
        Set<String> texts = new HashSet<>();
        live().forEach(
                        (id, update) ->
                                assertThat(texts.add(update.getSidText()))
                                        .as(
                                                "only %s has %s in %s",
                                                id, update.getSidText(), version)
                                        .isTrue());
    }

    /** Where no item ever left a path, the ordinals of its items are 0, 1, 2 and so on. */
    void requireOrdinalsWithoutGaps() {
        Map<List<Integer>, List<Integer>> ordinals = new LinkedHashMap<>();
        for (SidUpdate update : live().values()) {
            ordinals.computeIfAbsent(update.getCodes(), path -> new ArrayList<>())
                    .add(update.getDisambiguator());
        }
        ordinals.forEach(
                (path, taken) ->
                        assertThat(taken.stream().sorted().toList())
                                .as("ordinals of %s", path)
                                .isEqualTo(IntStream.range(0, taken.size()).boxed().toList()));
    }

    private static int indexOf(long eventTime, List<Change> changes) {
        for (int i = 0; i < changes.size(); i++) {
            if (changes.get(i).eventTime() == eventTime) {
                return i;
            }
        }
        return -1;
    }

    private static int[] codes(SidUpdate update) {
        return update.getCodes().stream().mapToInt(Integer::intValue).toArray();
    }
}
