package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.sid.Disambiguation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexingJobIT {

    private static final int DIMENSION = 8;
    private static final int ITEMS = 400;

    private static final TestCodebook V1 = TestCodebook.random("v1", DIMENSION, true, 1, 7, 5, 9);
    private static final TestCodebook V2 = TestCodebook.random("v2", DIMENSION, false, 2, 33, 4);
    private static final TestCodebook V3 =
            TestCodebook.random("v3", DIMENSION, false, 3, 3, 17, 2, 8);
    private static final List<TestCodebook> ALL = List.of(V1, V2, V3);

    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void publishesWhatTheOracleSaysThroughFailures(int parallelism) throws Exception {
        try (TestKafka kafka = TestKafka.create("failures-" + parallelism + ".")) {
            ExpectedCatalog expected = new ExpectedCatalog();
            ItemStream items = new ItemStream(kafka, expected, ALL, 100 + parallelism);
            for (TestCodebook codebook : List.of(V1, V2)) {
                kafka.publish(codebook, directory.resolve("codebooks"));
                expected.goLive(codebook);
            }
            try (TestJob job =
                    TestJob.on(kafka, parallelism, directory).restarting().lingering().start()) {
                items.awaitLive(job, V1);
                items.awaitLive(job, V2);
                items.scramble(2_500, ITEMS);
                items.settle(job, List.of(V1, V2));

                kafka.publish(V3, directory.resolve("codebooks"));
                expected.goLive(V3);
                items.awaitLive(job, V3);
                for (int failure = 0; failure < 2; failure++) {
                    items.scrambleUntilUncommitted(V3, ITEMS);
                    job.replaceTaskManager();
                    items.scramble(1_000, ITEMS);
                    job.awaitRunning();
                }
                items.settle(job, ALL);
                assertThat(job.restarts()).isPositive();
            }
            requireExpected(kafka, expected);
        }
    }

    @Test
    void changesNothingWhenItIsRescaled() throws Exception {
        try (TestKafka kafka = TestKafka.create("rescaling.")) {
            ExpectedCatalog expected = new ExpectedCatalog();
            ItemStream items = new ItemStream(kafka, expected, ALL, 200);
            for (TestCodebook codebook : ALL) {
                kafka.publish(codebook, directory.resolve("codebooks"));
                expected.goLive(codebook);
            }
            String savepoint = null;
            for (int parallelism : new int[] {2, 3, 1}) {
                TestJob.Builder settings = TestJob.on(kafka, parallelism, directory);
                if (savepoint != null) {
                    settings.from(savepoint);
                }
                try (TestJob job = settings.start()) {
                    if (savepoint == null) {
                        for (TestCodebook codebook : ALL) {
                            items.awaitLive(job, codebook);
                        }
                    } else {
                        items.repeatAll(); // the state of every item is asked for, none changes
                        items.settle(job, ALL);
                        requireExpected(kafka, expected);
                    }
                    items.scramble(1_200, ITEMS);
                    items.settle(job, ALL);
                    savepoint = job.stopWithSavepoint();
                }
                requireExpected(kafka, expected);
            }
        }
    }

    private static void requireExpected(TestKafka kafka, ExpectedCatalog expected)
            throws Exception {
        for (TestCodebook codebook : ALL) {
            PublishedUpdates updates =
                    PublishedUpdates.read(kafka, codebook.version(), Disambiguation.APPEND);
            updates.requireExplainedBy(expected.changes(codebook.version()));
            updates.requireUniqueSids();
        }
        assertThat(kafka.read(kafka.topics().deadLetters())).isEmpty();
    }
}
