package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.index.IndexOptions;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.CodebookStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a codebook as large as real ones costs. */
class BigCodebookIT {

    private static final int DIMENSION = 1_024;
    private static final int CODEWORDS = 8_192;
    private static final long BYTES = 3L * CODEWORDS * DIMENSION * Float.BYTES;
    private static final int ITEMS = 300;

    @TempDir private Path directory;

    @Test
    void isHeldOnceHoweverManySubtasksUseItAndNotOnceItHasRetired() throws Exception {
        TestCodebook small = TestCodebook.random("small", DIMENSION, false, 1, 3, 2);
        TestCodebook big =
                TestCodebook.random("big", DIMENSION, false, 2, CODEWORDS, CODEWORDS, CODEWORDS);
        Path store = directory.resolve("codebooks");
        try (TestKafka kafka = TestKafka.create("big.")) {
            ExpectedCatalog expected = new ExpectedCatalog();
            ItemStream items = new ItemStream(kafka, expected, List.of(small), 3);
            new VersionLife(kafka, store, small).publish(CodebookStatus.ACTIVE);
            VersionLife version = new VersionLife(kafka, store, big);
            try (TestJob job =
                    TestJob.on(kafka, 2, directory)
                            .with(IndexOptions.BUCKETS, 1_024)
                            .with(WatchOptions.INTERVAL, Duration.ofMillis(100))
                            .start()) {
                items.scramble(ITEMS, ITEMS);
                items.settle(job, List.of(small));
                long before = HeapHistogram.floats();

                version.publish();
                version.awaitLive(job);
                items.scramble(ITEMS, ITEMS);
                items.settle(job, List.of(small, big));
                long beside = HeapHistogram.floats();

                version.retire();
                assertThat(version.awaitErased(job).getItems()).isPositive();
                items.scramble(ITEMS, ITEMS);
                items.settle(job, List.of(small));
                long after = HeapHistogram.floats();

                assertThat(beside - before)
                        .as("one copy of %,d bytes in two subtasks", BYTES)
                        .isBetween(BYTES * 95 / 100, BYTES * 120 / 100);
                assertThat(after - before).as("none when it has retired").isLessThan(BYTES / 20);
            }
        }
    }
}
