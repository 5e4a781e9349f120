package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.it.ExpectedCatalog.Change;
import io.sidestream.it.ExpectedCatalog.Event;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Disambiguation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
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
        requireExplainedBy(expected, Plans.NONE);
    }

    /**
     * The same where remap plans have been in force: an update may also be caused by one of them.
     * Whatever caused it, its path is what the plan that it names makes of its codes, and an item
     * that stays on its path keeps its SID.
     */
    void requireExplainedBy(Map<String, List<Change>> expected, Plans plans) {
        assertThat(byItem.keySet()).as("items of %s", version).isEqualTo(expected.keySet());
        byItem.forEach((id, updates) -> fold(id, updates, expected.get(id), plans));
    }

    private void fold(String id, List<SidUpdate> updates, List<Change> changes, Plans plans) {
        int at = -1;
        SidUpdate before = null;
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
            boolean deleted = before != null && before.getReason() == UpdateReason.DELETED;
            assertThat(forgotten)
                    .as("a deletion is followed by a null value: " + where)
                    .isEqualTo(deleted);
            forgotten = false;
            at = cause(where, update, changes, at);
            requireContent(where, id, update, plans);
            requireNextTo(where, update, before);
            before = update;
        }
        Change last = changes.get(changes.size() - 1);
        assertThat(before.getCodes())
                .as("last change of %s in %s", id, version)
                .isEqualTo(last.codes() == null ? before.getCodes() : list(last.codes()));
        assertThat(before.getReason() == UpdateReason.REMAP || at == changes.size() - 1)
                .as("last change of %s in %s", id, version)
                .isTrue();
        assertThat(forgotten)
                .as("%s in %s ends in a null value", id, version)
                .isEqualTo(last.reason() == UpdateReason.DELETED);
    }

    /**
     * What is published follows the input, though the version may not have been there from the
     * beginning, nor all the time: every update was caused by an event, in the order of the events,
     * and is to what was published before as its reason says; the last one leaves the item as the
     * last event does.
     */
    void requireFollows(Map<String, List<Event>> events, TestCodebook codebook) {
        requireFollows(events, codebook, Map.of());
    }

    /**
     * The same of a version that retired.
     *
     * @param settled how many events of each item had been taken in before that; of later ones, as
     *     many may have been as came in time
     */
    void requireFollows(
            Map<String, List<Event>> events, TestCodebook codebook, Map<String, Integer> settled) {
        assertThat(events.keySet()).as("items of %s", version).containsAll(byItem.keySet());
        events.forEach(
                (id, all) ->
                        follow(
                                id,
                                byItem.getOrDefault(id, List.of()),
                                all,
                                codebook.oracle(),
                                settled.isEmpty() ? all.size() : settled.getOrDefault(id, 0)));
    }

    private void follow(
            String id, List<SidUpdate> updates, List<Event> events, Oracle oracle, int settled) {
        int at = -1;
        SidUpdate before = null;
        boolean there = false;
        for (int i = 0; i < updates.size(); i++) {
            SidUpdate update = updates.get(i);
            String where = "%s of %s, record %d: %s".formatted(id, version, i, update);
            boolean deleted = before != null && before.getReason() == UpdateReason.DELETED;
            if (update == null) {
                assertThat(deleted && updates.get(i - 1) != null).as(where).isTrue();
                continue;
            }
            assertThat(deleted && updates.get(i - 1) != null)
                    .as("a deletion is followed by a null value: " + where)
                    .isFalse();
            int last = at;
            at = eventOf(where, update, events, last);
            Event event = events.get(at);
            List<List<Integer>> overtaken =
                    events.subList(last + 1, at).stream().map(e -> codes(oracle, e)).toList();
            assertThat(update.getRevision()).as(where).isEqualTo(event.revision().getAsLong());
            assertThat(update.getCodes()).as(where).isEqualTo(codes(oracle, event));
            switch (update.getReason()) {
                case NEW ->
                        assertThat(!there || overtaken.contains(List.<Integer>of()))
                                .as("was not there: " + where)
                                .isTrue();
                case EMBEDDING_CHANGED, DELETED ->
                        assertThat(there || overtaken.stream().anyMatch(codes -> !codes.isEmpty()))
                                .as("was there: " + where)
                                .isTrue();
                case BACKFILL -> {}
                case REMAP -> throw new AssertionError("there was no plan: " + where);
            }
            List<Integer> codes = update.getCodes();
            assertThat(
                            !there
                                    || !codes.equals(before.getCodes())
                                    || overtaken.stream().anyMatch(other -> !other.equals(codes)))
                    .as("has changed: " + where)
                    .isTrue();
            requireContent(where, id, update, Plans.NONE);
            requireNextTo(where, update, before);
            there = update.getReason() != UpdateReason.DELETED;
            before = update;
        }
        List<Integer> left = there ? before.getCodes() : List.of();
        if (before != null && !there) {
            assertThat(updates.get(updates.size() - 1))
                    .as("%s in %s ends in a null value", id, version)
                    .isNull();
        }
        boolean reached = settled == 0 && updates.isEmpty();
        for (int end = Math.max(1, settled); end <= events.size() && !reached; end++) {
            reached = left.equals(codes(oracle, events.get(end - 1)));
        }
        assertThat(reached)
                .as(
                        "%s in %s is as one of its events from the %dth on leaves it: %s; events: %s",
                        id,
                        version,
                        settled,
                        updates,
                        events.stream()
                                .map(
                                        event ->
                                                "%s %s"
                                                        .formatted(
                                                                Instant.ofEpochMilli(
                                                                        event.eventTime()),
                                                                codes(oracle, event)))
                                .toList())
                .isTrue();
    }

    private static int eventOf(String where, SidUpdate update, List<Event> events, int before) {
        long eventTime = update.getEventTime().toEpochMilli();
        for (int at = before + 1; at < events.size(); at++) {
            Event event = events.get(at);
            boolean deletion = update.getReason() == UpdateReason.DELETED;
            if (event.eventTime() == eventTime && (event.embedding() == null) == deletion) {
                return at;
            }
        }
        throw new AssertionError("nothing that came later has caused this: " + where);
    }

    /** None for a deletion. */
    private static List<Integer> codes(Oracle oracle, Event event) {
        return event.embedding() == null
                ? List.of()
                : list(oracle.codes(event.embedding()).values());
    }

    /** How many updates give some reason. */
    long count(UpdateReason reason) {
        return byItem.values().stream()
                .flatMap(List::stream)
                .filter(update -> update != null && update.getReason() == reason)
                .count();
    }

    /**
     * The change that an update follows from, later than the one before. A plan may move an item
     * whose latest change has not been published, and never will: of its updates it is told by the
     * codes, as the earliest that it can be.
     */
    private static int cause(String where, SidUpdate update, List<Change> changes, int before) {
        if (update.getReason() == UpdateReason.REMAP) {
            for (int at = Math.max(0, before); at < changes.size(); at++) {
                Change change = changes.get(at);
                if (change.reason() != UpdateReason.DELETED
                        && (change.codes() == null
                                || list(change.codes()).equals(update.getCodes()))) {
                    return at;
                }
            }
            throw new AssertionError("codes that the item never had: " + where);
        }
        int at = indexOf(update.getEventTime().toEpochMilli(), changes);
        assertThat(at).as("cause of " + where).isGreaterThan(before);
        Change change = changes.get(at);
        assertThat(update.getReason()).as(where).isEqualTo(change.reason());
        assertThat(update.getRevision()).as(where).isEqualTo(change.revision().getAsLong());
        if (change.codes() != null) {
            assertThat(update.getCodes()).as(where).isEqualTo(list(change.codes()));
        }
        return at;
    }

    private void requireContent(String where, String id, SidUpdate update, Plans plans) {
        assertThat(update.getItemId()).as(where).isEqualTo(id);
        assertThat(update.getCodebookVersion()).as(where).isEqualTo(version);
        if (update.getReason() == UpdateReason.DELETED) {
            assertThat(update.getSid()).as(where).isEmpty();
            assertThat(update.getSidText()).as(where).isEmpty();
            assertThat(update.getDisambiguator()).as(where).isEqualTo(-1);
        } else {
            assertThat(update.getSid())
                    .as(where)
                    .isEqualTo(plans.path(update.getCodes(), update.getRemapEpoch()));
            requireText(where, update);
        }
    }

    private static void requireNextTo(String where, SidUpdate update, SidUpdate before) {
        boolean gone = before == null || before.getReason() == UpdateReason.DELETED;
        assertThat(update.getPreviousSidText())
                .as(where)
                .isEqualTo(gone ? null : before.getSidText());
        if (before == null) {
            return;
        }
        assertThat(update.getSequence()).as(where).isGreaterThan(before.getSequence());
        assertThat(update.getRemapEpoch()).as(where).isGreaterThanOrEqualTo(before.getRemapEpoch());
        boolean stayed =
                update.getSequence() == before.getSequence() + 1
                        && update.getReason() != UpdateReason.DELETED
                        && update.getSid().equals(before.getSid());
        if (stayed) {
            assertThat(update.getReason()).as(where).isNotEqualTo(UpdateReason.REMAP);
            assertThat(update.getSidText())
                    .as("nobody who stays is renumbered: " + where)
                    .isEqualTo(before.getSidText());
        }
    }

    /** The text is the tokens and the ordinal. */
    private void requireText(String where, SidUpdate update) {
        StringBuilder text = new StringBuilder();
        for (SidToken token : update.getSid()) {
            text.append("<%c_%d>".formatted('a' + token.getLayer() - 1, token.getToken()));
        }
        int ordinal = update.getDisambiguator();
        if (disambiguation == Disambiguation.NONE) {
            assertThat(ordinal).as(where).isEqualTo(-1);
        } else {
            assertThat(ordinal).as(where).isNotNegative();
        }
        if (disambiguation == Disambiguation.APPEND
                || (disambiguation == Disambiguation.WHEN_NEEDED && ordinal > 0)) {
            text.append("<%c_%d>".formatted('a' + update.getCodes().size(), ordinal));
        }
        assertThat(update.getSidText()).as(where).isEqualTo(text.toString());
    }

    /** Every live item is on the path that a plan gives it. */
    void requireOnPathsOf(Plans plans, long epoch) {
        live().forEach(
                        (id, update) ->
                                assertThat(update.getSid())
                                        .as("%s in %s under plan %d", id, version, epoch)
                                        .isEqualTo(plans.path(update.getCodes(), epoch)));
    }

    /** The paths of all live items. */
    List<List<SidToken>> paths() {
        return live().values().stream().map(SidUpdate::getSid).toList();
    }

    /** How many updates a plan's sweep has caused. */
    long moves(long epoch) {
        return byItem.values().stream()
                .flatMap(List::stream)
                .filter(
                        update ->
                                update != null
                                        && update.getReason() == UpdateReason.REMAP
                                        && update.getRemapEpoch() == epoch)
                .count();
    }

    /** No two live items have one SID. */
    void requireUniqueSids() {
        requireUniqueSids(live().keySet());
    }

    /** No two live items among some have one SID. */
    void requireUniqueSids(Set<String> items) {
        Set<String> texts = new HashSet<>();
        live().forEach(
                        (id, update) ->
                                assertThat(!items.contains(id) || texts.add(update.getSidText()))
                                        .as(
                                                "only %s has %s in %s",
                                                id, update.getSidText(), version)
                                        .isTrue());
    }

    /** Where no item ever left a path, the ordinals of its items are 0, 1, 2 and so on. */
    void requireOrdinalsWithoutGaps() {
        Map<List<SidToken>, List<Integer>> ordinals = new LinkedHashMap<>();
        for (SidUpdate update : live().values()) {
            ordinals.computeIfAbsent(update.getSid(), path -> new ArrayList<>())
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

    private static List<Integer> list(int[] codes) {
        return Arrays.stream(codes).boxed().toList();
    }
}
