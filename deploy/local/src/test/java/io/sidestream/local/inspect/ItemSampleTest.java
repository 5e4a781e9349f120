package io.sidestream.local.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.embedding.ItemHash;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ItemSampleTest {

    private static final int SIZE = 50;
    private static final long SEED = 3;

    private final ItemSample sample = new ItemSample(SIZE, SEED);
    private long offset;

    @Test
    void holdsTheItemsWithTheLowestHashesOfAllThatAreLiveOrPublished() {
        List<String> items = IntStream.range(0, 5000).mapToObj(i -> "item-" + i).toList();
        List<String> order = new ArrayList<>(items);
        Collections.shuffle(order, new Random(1));
        Set<String> there = new TreeSet<>();
        for (String item : order) {
            int kind = item.hashCode() & 3; // live, published, both or deleted
            if (kind != 1) {
                sample.arrive(embedding(item, 1));
            }
            if (kind != 0) {
                sample.publish(item, update(item, 1));
            }
            if (kind == 3) {
                sample.publish(item, null);
                sample.arrive(deletion(item));
            } else {
                there.add(item);
            }
        }

        Set<Long> expected =
                there.stream()
                        .map(item -> ItemHash.of(item, SEED))
                        .sorted(Comparator.naturalOrder())
                        .limit(SIZE)
                        .collect(Collectors.toSet());
        assertThat(sample.close().stream().map(SampledItem::hash).collect(Collectors.toSet()))
                .isEqualTo(expected);
    }

    @Test
    void holdsAllItemsOfASmallCatalog() {
        sample.arrive(embedding("a", 1));
        sample.publish("b", update("b", 1));

        assertThat(sample.close()).hasSize(2);
    }

    @Test
    void followsItsItemsAndNoOthersOnceItIsClosed() {
        sample.arrive(embedding("a", 1));
        SampledItem item = sample.close().iterator().next();
        item.expect(new int[] {4});
        assertThat(item.findingOrNull().kind()).isEqualTo(Finding.Kind.MISSING);

        sample.arrive(embedding("b", 1));
        sample.publish("a", update("a", 4));

        assertThat(item.findingOrNull()).isNull();
        assertThat(item.isMoving()).isFalse();
        sample.arrive(deletion("a"));
        assertThat(item.findingOrNull())
                .isEqualTo(
                        new Finding(
                                "a", Finding.Kind.SURPLUS, List.of(4), List.of(), 1, offset - 1));
        assertThat(item.isMoving()).isTrue();
    }

    @Test
    void knowsNoPlaceOfAnItemThatIsPublishedButInNoEmbedding() {
        sample.publish("a", update("a", 4));

        assertThat(sample.close().iterator().next().findingOrNull())
                .isEqualTo(new Finding("a", Finding.Kind.SURPLUS, List.of(4), List.of(), -1, -1));
    }

    @Test
    void takesALaterEmbeddingWhenRevisionsAreNotNumbered() {
        sample.arrive(embedding("a", 1));
        sample.arrive(embedding("a", 2));

        assertThat(onlyItem().embedding()).containsExactly(2);
    }

    @Test
    void takesNoLowerRevisionThanItKnows() {
        sample.arrive(numbered("a", 5, 1));
        sample.arrive(numbered("a", 4, 2));

        assertThat(onlyItem().embedding()).containsExactly(1);
    }

    @Test
    void leavesDeletedWhatWasDeletedAtARevision() {
        sample.publish("a", update("a", 1));
        sample.arrive(numbered("a", 5, 1));
        sample.arrive(deletion("a"));
        sample.arrive(numbered("a", 5, 2));

        assertThat(onlyItem().embedding()).isNull();
    }

    @Test
    void bringsADeletedItemBackWithAHigherRevision() {
        sample.arrive(numbered("a", 5, 1));
        sample.arrive(deletion("a"));
        sample.arrive(numbered("a", 6, 2));

        assertThat(onlyItem().embedding()).containsExactly(2);
    }

    @Test
    void computesCodesAnewAfterANewEmbedding() {
        sample.arrive(embedding("a", 1));
        SampledItem item = onlyItem();
        item.expect(new int[] {4});
        assertThat(item.isUnquantized()).isFalse();

        sample.arrive(embedding("a", 2));

        assertThat(item.isUnquantized()).isTrue();
    }

    private SampledItem onlyItem() {
        return sample.close().iterator().next();
    }

    private static SidUpdate update(String item, int... codes) {
        return TestingUpdates.of(item, "v", UpdateReason.NEW, 0, codes);
    }

    private DecodedItem embedding(String item, float value) {
        return new DecodedItem(record(item), item, new EmbeddingMessage(item, new float[] {value}));
    }

    private DecodedItem numbered(String item, long revision, float value) {
        return new DecodedItem(
                record(item),
                item,
                new EmbeddingMessage(item, new float[] {value}, revision, null));
    }

    private DecodedItem deletion(String item) {
        return new DecodedItem(record(item), item, null);
    }

    private IncomingRecord record(String item) {
        return new IncomingRecord(
                "item-embeddings",
                1,
                offset++,
                0,
                item.getBytes(StandardCharsets.UTF_8),
                new byte[0]);
    }
}
