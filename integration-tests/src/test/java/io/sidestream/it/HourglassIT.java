package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.watch.RemapOptions;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.ReportScope;
import io.sidestream.sid.Disambiguation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is reported about the catalog, and when alerts open and resolve. */
class HourglassIT {

    private static final int DIMENSION = 8;
    private static final int ITEMS = 300;
    private static final int FLOOD = 600;

    private static final TestCodebook V1 =
            TestCodebook.random("v1", DIMENSION, true, 11, 4, 9, 3)
                    .withHistograms(
                            new long[] {10, 20, 30, 40},
                            new long[] {1, 0, 5, 90, 4, 0, 7, 7, 1},
                            new long[] {1_000_000, 0, 1});

    /** One layer, and items that all share its token. */
    private static final TestCodebook V2 = TestCodebook.random("v2", DIMENSION, false, 12, 1);

    private static final List<TestCodebook> ALL = List.of(V1, V2);

    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void reportsWhatTheOracleComputesThroughFailures(int parallelism) throws Exception {
        try (TestKafka kafka = TestKafka.create("reports-" + parallelism + ".")) {
            ExpectedCatalog expected = new ExpectedCatalog();
            ItemStream items = new ItemStream(kafka, expected, ALL, 300 + parallelism);
            for (TestCodebook codebook : ALL) {
                kafka.publish(codebook, directory.resolve("codebooks"));
                expected.goLive(codebook);
            }
            try (TestJob job = job(kafka, parallelism).start()) {
                requireReported(kafka, expected, job); // nothing yet
                items.scramble(500, ITEMS);
                items.settle(job, ALL);
                requireReported(kafka, expected, job);

                items.scrambleUntilUncommitted(V1, ITEMS);
                job.replaceTaskManager();
                items.scramble(300, ITEMS);
                items.settle(job, ALL);
                assertThat(job.restarts()).isPositive();
                requireReported(kafka, expected, job);

                items.deleteAll();
                items.settle(job, ALL);
                requireReported(kafka, expected, job);
            }
            for (TestCodebook codebook : ALL) {
                new WatchedVersion(kafka, codebook).requireSound();
            }
        }
    }

    private static void requireReported(TestKafka kafka, ExpectedCatalog expected, Alive system)
            throws Exception {
        Instant now = Instant.now();
        for (TestCodebook codebook : ALL) {
            HourglassOracle oracle = new HourglassOracle(codebook);
            WatchedVersion watched = new WatchedVersion(kafka, codebook);
            HourglassReport standing = watched.reportAfter(now, system, ReportScope.STANDING);
            oracle.requireLayers(standing, expected.live(codebook.version()).values());
            oracle.requirePaths(
                    standing,
                    PublishedUpdates.read(kafka, codebook.version(), Disambiguation.APPEND)
                            .paths());
            HourglassReport window = watched.reportAfter(now, system, ReportScope.WINDOW);
            oracle.requireLayers(window, expected.arrivals(codebook.version()));
            assertThat(window.getDistinctPaths()).isNull();
        }
    }

    @Test
    void opensAndResolvesAnAlertOnceThroughFailures() throws Exception {
        try (TestKafka kafka = TestKafka.create("alerts.")) {
            ExpectedCatalog expected = new ExpectedCatalog();
            ItemStream items = new ItemStream(kafka, expected, ALL, 400);
            kafka.publish(V1, directory.resolve("codebooks"));
            expected.goLive(V1);
            WatchedVersion watched = new WatchedVersion(kafka, V1);
            List<TestCodebook> live = List.of(V1);
            try (TestJob job =
                    job(kafka, 2)
                            .with(
                                    WatchOptions.RULES,
                                    "max_share@2 > 0.7 until 0.6; window gini@3 < 0")
                            .with(WatchOptions.CONSECUTIVE, 2)
                            .with(WatchOptions.MINIMUM_ITEMS, 50L)
                            .with(WatchOptions.COOLDOWN, Duration.ZERO)
                            .with(RemapOptions.MODE, "off")
                            .start()) {
                items.scramble(150, 100);
                items.settle(job, live);
                assertThat(watched.alerts()).isEmpty();

                for (int i = 0; i < FLOOD; i++) {
                    items.put("flood-" + i, items.embedding(V1, 2, 3));
                }
                items.scrambleUntilUncommitted(V1, 100);
                job.replaceTaskManager(); // about when the alert opens
                items.settle(job, live);
                Eventually.await("an alert is open", () -> !watched.alerts().isEmpty());
                job.replaceTaskManager(); // while it is open

                for (int i = 0; i < FLOOD; i++) {
                    items.delete("flood-" + i);
                }
                job.awaitRunning();
                items.scrambleUntilUncommitted(V1, 100);
                job.replaceTaskManager(); // about when it is resolved
                items.settle(job, live);
                Eventually.await("the alert is resolved", () -> watched.alerts().size() > 1);
                Instant resolved = Instant.now();
                for (int i = 0; i < 3; i++) {
                    resolved = watched.reportAfter(resolved, job, ReportScope.STANDING).getAt();
                }
            }
            List<HourglassAlert> alerts = watched.alerts();
            assertThat(alerts)
                    .extracting(HourglassAlert::getState)
                    .containsExactly(AlertState.OPENED, AlertState.RESOLVED);
            assertThat(alerts.get(0).getAlertId()).isEqualTo(alerts.get(1).getAlertId());
        }
    }

    private TestJob.Builder job(TestKafka kafka, int parallelism) {
        return TestJob.on(kafka, parallelism, directory)
                .restarting()
                .lingering()
                .with(WatchOptions.INTERVAL, Duration.ofMillis(100))
                .with(WatchOptions.WINDOW, Duration.ofDays(30));
    }
}
