package io.sidestream.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.schema.EmbeddingMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestingKafka.class)
class LiveItemsTest {

    private final TestingConsole console = TestingConsole.plain();

    @Test
    void takesTheLastEmbeddingsOfLiveItems(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection)) {
            catalog.embed("a", 1, 1).embed("b", 2, 2).embed("c", 3, 3);
            catalog.embed("a", 4, 4).delete("b");
            catalog.arrive("d", new byte[] {1, 2, 3}).embed("e", Float.NaN, 0);
        }

        LiveItems drawn = LiveItems.sample(connection, wanted(10, 0, false), console.console());

        assertThat(rows(drawn)).containsExactlyInAnyOrder("a=4.0", "c=3.0");
        assertThat(drawn.live()).isEqualTo(2);
        assertThat(drawn.undecodable()).isEqualTo(2);
        assertThat(drawn.unfit()).isZero();
    }

    @Test
    void ignoresRevisionsThatTheIndexWouldIgnore(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection)) {
            catalog.embed(new EmbeddingMessage("a", new float[] {5}, 5L, null));
            catalog.embed(new EmbeddingMessage("a", new float[] {4}, 4L, null));
        }

        assertThat(rows(LiveItems.sample(connection, wanted(9, 0, false), console.console())))
                .containsExactly("a=5.0");
    }

    @Test
    void takesTheCommonestDimension(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection)) {
            catalog.embed("a", 1).embed("b", 1, 2).embed("c", 1, 2);
        }

        LiveItems drawn = LiveItems.sample(connection, wanted(9, 0, false), console.console());

        assertThat(drawn.items().ids()).containsExactlyInAnyOrder("b", "c");
        assertThat(drawn.unfit()).isOne();
    }

    @Test
    void takesTheDimensionAskedFor(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection)) {
            catalog.embed("a", 1).embed("b", 1, 2).embed("a", 1, 2);
        }

        LiveItems drawn = LiveItems.sample(connection, wanted(9, 1, false), console.console());

        assertThat(drawn.items().ids()).containsExactly("a");
        assertThatThrownBy(
                        () -> LiveItems.sample(connection, wanted(9, 3, false), console.console()))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("dimension 3", "item-embeddings", "ingest");
    }

    @Test
    void leavesOutZeroEmbeddingsWhereTheyAreOfNoUse(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection)) {
            catalog.embed("a", 0, 0).embed("b", 1, 0);
        }

        assertThat(
                        LiveItems.sample(connection, wanted(9, 0, false), console.console())
                                .items()
                                .ids())
                .containsExactlyInAnyOrder("a", "b");
        LiveItems drawn = LiveItems.sample(connection, wanted(9, 0, true), console.console());
        assertThat(drawn.items().ids()).containsExactly("b");
        assertThat(drawn.unfit()).isOne();
    }

    @Test
    void drawsTheSameSampleInWhateverOrderTheTopicWasWritten(
            Connection connection, Connection another) throws Exception {
        List<String> items =
                IntStream.range(0, 300).mapToObj(i -> "i" + i).collect(Collectors.toList());
        try (TestingCatalog catalog = TestingCatalog.create(connection)) {
            items.forEach(item -> catalog.embed(item, item.hashCode()));
        }
        Collections.shuffle(items, new Random(1));
        try (TestingCatalog catalog = TestingCatalog.create(another)) {
            items.forEach(item -> catalog.embed(item, 7).embed(item, item.hashCode()));
        }

        LiveItems one = LiveItems.sample(connection, wanted(50, 0, false), console.console());
        LiveItems other = LiveItems.sample(another, wanted(50, 0, false), console.console());

        assertThat(one.items().rows()).isEqualTo(50);
        assertThat(one.live()).isEqualTo(300);
        assertThat(other.items().ids()).isEqualTo(one.items().ids());
        assertThat(other.items().values()).isEqualTo(one.items().values());
    }

    @Test
    void readsAgainWhenMoreWasDeletedThanItHadRoomFor(Connection connection) throws Exception {
        int many = 4000;
        try (TestingCatalog catalog = TestingCatalog.create(connection)) {
            catalog.embedAll(many, 1);
            catalog.deleteAll(many - 100);
        }

        LiveItems drawn = LiveItems.sample(connection, wanted(80, 0, false), console.console());

        assertThat(drawn.items().rows()).isEqualTo(80);
        assertThat(drawn.live()).isEqualTo(100);
        assertThat(console.err().lines().filter(line -> line.startsWith("sample: 7,9")))
                .hasSizeGreaterThan(1);
    }

    @Test
    void saysThatThereIsNothingToSample(Connection connection) throws Exception {
        assertThatThrownBy(
                        () -> LiveItems.sample(connection, wanted(9, 0, false), console.console()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("topics create");
        TestingCatalog.create(connection).embed("a", 1).delete("a").close();
        assertThatThrownBy(
                        () -> LiveItems.sample(connection, wanted(9, 0, false), console.console()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no item");
    }

    private static LiveItems.Wanted wanted(int size, int dimension, boolean normalizable) {
        return new LiveItems.Wanted(size, 1, dimension, normalizable);
    }

    private static List<String> rows(LiveItems drawn) {
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < drawn.items().rows(); row++) {
            rows.add(
                    drawn.items().ids().get(row)
                            + "="
                            + drawn.items().values()[row * drawn.items().dimension()]);
        }
        return rows;
    }
}
