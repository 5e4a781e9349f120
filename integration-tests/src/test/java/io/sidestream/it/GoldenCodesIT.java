package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.it.ExpectedCatalog.Change;
import io.sidestream.sid.Disambiguation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GoldenCodesIT {

    private static final int ITEMS = 2_000;

    @TempDir private Path directory;

    @ParameterizedTest
    @EnumSource
    void indexesRealEmbeddingsUnderEveryDisambiguation(Disambiguation disambiguation)
            throws Exception {
        Words words = Words.first(ITEMS, directory);
        // No power of two, and few enough paths for many items to share one.
        TestCodebook codebook = words.codebook("words", true, 16, 37);
        try (TestKafka kafka = TestKafka.create("golden-" + disambiguation + ".")) {
            ExpectedCatalog expected = new ExpectedCatalog();
            ItemStream items = new ItemStream(kafka, expected, List.of(codebook), 400);
            kafka.publish(codebook, directory.resolve("codebooks"));
            expected.goLive(codebook);
            try (TestJob job =
                    TestJob.on(kafka, 2, directory)
                            .disambiguation(disambiguation.toString())
                            .start()) {
                for (int row = 0; row < ITEMS; row++) {
                    items.put(words.items().ids().get(row), words.embedding(row), (Long) null);
                }
                items.settle(job, List.of(codebook));
            }
            Map<String, List<Change>> changes = expected.changes(codebook.version());
            assertThat(changes.values())
                    .filteredOn(all -> all.get(0).codes() != null)
                    .as("items that the oracle can decide")
                    .hasSizeGreaterThan(ITEMS * 98 / 100);
            PublishedUpdates updates =
                    PublishedUpdates.read(kafka, codebook.version(), disambiguation);
            updates.requireExplainedBy(changes);
            if (disambiguation != Disambiguation.NONE) {
                updates.requireUniqueSids();
                updates.requireOrdinalsWithoutGaps();
            }
        }
    }
}
