package io.sidestream.local.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.local.commands.DemoCatalog.Item;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCatalogTest {

    @TempDir private Path folder;

    @Test
    void bundlesRealEmbeddings() throws IOException {
        DemoCatalog catalog = DemoCatalog.unpack(folder);

        assertThat(catalog.file()).isRegularFile().hasParent(folder);
        assertThat(catalog.items().rows()).isEqualTo(10_000);
        assertThat(catalog.items().dimension()).isEqualTo(100);
        assertThat(new HashSet<>(catalog.items().ids())).hasSize(10_000);
        for (float value : catalog.items().values()) {
            assertThat(Float.isFinite(value)).isTrue();
        }
    }

    @Test
    void findsWordsNearTheirLikes() throws IOException {
        DemoCatalog catalog = DemoCatalog.unpack(folder);
        float[] paris = catalog.embedding("paris");

        assertThat(cosine(paris, catalog.embedding("berlin")))
                .isGreaterThan(cosine(paris, catalog.embedding("wheat")) + 0.3);
    }

    @Test
    void readsItemsAsFromAFile() throws IOException {
        float[] first = {1, 2};
        float[] shorter = {3};
        try (EmbeddingReader reader =
                DemoCatalog.reader(List.of(new Item("a", first), new Item("b", shorter)))) {
            assertThat(reader.count()).isEqualTo(2);
            assertThat(reader.dimension()).isEqualTo(2);
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEqualTo("a");
            assertThat(reader.next()).isTrue();
            assertThat(reader.embedding()).isSameAs(shorter);
            assertThat(reader.next()).isFalse();
        }
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int t = 0; t < a.length; t++) {
            product += (double) a[t] * b[t];
            squaresOfA += (double) a[t] * a[t];
            squaresOfB += (double) b[t] * b[t];
        }
        return product / Math.sqrt(squaresOfA * squaresOfB);
    }
}
