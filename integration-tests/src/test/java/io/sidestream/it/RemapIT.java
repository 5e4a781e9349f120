package io.sidestream.it;

import static io.sidestream.schema.RemapPolicyKind.DROP_LAYER;
import static io.sidestream.schema.RemapPolicyKind.NONE;
import static io.sidestream.schema.RemapPolicyKind.TOKEN_FRACTION;
import static io.sidestream.schema.RemapPolicyKind.TOP_K;
import static io.sidestream.schema.RemapPolicyKind.TOP_P;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.watch.RemapOptions;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.ReportScope;
import io.sidestream.sid.Disambiguation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What remap plans make of the SIDs that are published, and who decides about them. */
class RemapIT {

    private static final int DIMENSION = 8;
    private static final int ITEMS = 500;
    private static final int FLOOD = 400;

    /** As the option's default. */
    private static final double REPLAN_ABOVE = 0.05;

    private static final TestCodebook V1 = TestCodebook.random("v1", DIMENSION, true, 21, 3, 8, 2);
    private static final TestCodebook V2 = TestCodebook.random("v2", DIMENSION, false, 22, 9);
    private static final List<TestCodebook> ONE = List.of(V1);
    private static final List<TestCodebook> BOTH = List.of(V1, V2);

    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void movesEveryItemThoughTheSweepFails(int parallelism) throws Exception {
        try (Fixture fixture = new Fixture("sweep-" + parallelism + ".", ONE)) {
            ItemStream items = fixture.items;
            WatchedVersion watched = fixture.watched;
            try (TestJob job =
                    job(fixture.kafka, parallelism, ITEMS / 2 / parallelism).restarting().start()) {
                for (int i = 0; i < ITEMS; i++) {
                    items.put("item-" + i, items.embedding(), i % 3 == 0 ? 1L : null);
                }
                items.settle(job, ONE);

                // Nothing else happens: it is known to the item what moves.
                String first = watched.apply(2, TOP_P, 0.5);
                assertThat(watched.awaitAnswer(job, first).getEpoch()).isEqualTo(1);
                watched.awaitMiddle(job, 1);
                job.replaceTaskManager();
                RemapPlanStatus applied = watched.awaitStatus(job, 1, PlanStatus.APPLIED);
                long toMove = watched.plans().byEpoch().get(1L).getItemsToMove();
                assertThat(toMove).isBetween(ITEMS / 2L, ITEMS - 1L);
                assertThat(applied.getItemsMoved()).isEqualTo(toMove);
                PublishedUpdates updates = fixture.requirePublished(V1, 1);
                assertThat(updates.moves(1)).isEqualTo(toMove);
                updates.requireOrdinalsWithoutGaps();
                fixture.requireReported(V1, job, 1);

                // Items come and go, one plan overtakes another, and the sweep fails.
                watched.apply(2, TOKEN_FRACTION, 0.1);
                items.scramble(100, ITEMS);
                watched.awaitMiddle(job, 2);
                watched.apply(2, TOP_P, 0.85);
                watched.apply(2, TOP_P, 0.8);
                items.scramble(200, ITEMS);
                watched.awaitMiddle(job, 4);
                items.scrambleUntilUncommitted(V1, ITEMS);
                job.replaceTaskManager();
                items.scramble(200, ITEMS);
                job.awaitRunning();
                watched.awaitStatus(job, 4, PlanStatus.APPLIED);
                assertThat(job.restarts()).isGreaterThan(1);
                items.settle(job, ONE);
                fixture.requirePublished(V1, 4);
                fixture.requireReported(V1, job, 4);
            }
            watched.requireSound();
            assertThat(watched.steps())
                    .filteredOn(step -> step.getStatus() == PlanStatus.SUPERSEDED)
                    .extracting(RemapPlanStatus::getEpoch)
                    .containsExactly(1L, 2L, 3L);
        }
    }

    @Test
    void goesOnWithTheSweepWhenItIsRescaled() throws Exception {
        try (Fixture fixture = new Fixture("rescaled-sweep.", ONE)) {
            ItemStream items = fixture.items;
            WatchedVersion watched = fixture.watched;
            String savepoint;
            try (TestJob job = job(fixture.kafka, 2, 40).start()) {
                items.scramble(ITEMS, ITEMS);
                items.settle(job, ONE);
                watched.apply(2, TOP_P, 0.85);
                watched.awaitMiddle(job, 1);
                items.scramble(100, ITEMS);
                savepoint = job.stopWithSavepoint();
            }
            Instant rescaled = Instant.now();
            try (TestJob job = job(fixture.kafka, 3, 10).from(savepoint).start()) {
                items.scramble(100, ITEMS);
                watched.awaitStep(
                        job,
                        "the sweep goes on",
                        step -> step.getAt().isAfter(rescaled) && step.getProgress() < 1);
                savepoint = job.stopWithSavepoint();
            }
            assertThat(watched.steps())
                    .extracting(RemapPlanStatus::getStatus)
                    .doesNotContain(PlanStatus.APPLIED);
            try (TestJob job = job(fixture.kafka, 1, 0).from(savepoint).start()) {
                items.scramble(100, ITEMS);
                watched.awaitStatus(job, 1, PlanStatus.APPLIED);
                items.settle(job, ONE);
                fixture.requirePublished(V1, 1);
                fixture.requireReported(V1, job, 1);
                items.repeatAll(); // the state of every item is asked for, none changes
                items.settle(job, ONE);
                fixture.requirePublished(V1, 1);
                fixture.requireReported(V1, job, 1);
            }
            watched.requireSound();
        }
    }

    @Test
    void followsTheSkewOfALayerByItself() throws Exception {
        try (Fixture fixture = new Fixture("auto.", ONE)) {
            ItemStream items = fixture.items;
            WatchedVersion watched = fixture.watched;
            try (TestJob job =
                    job(fixture.kafka, 2, 0)
                            .with(WatchOptions.RULES, "max_share@2 > 0.6 until 0.5")
                            .with(WatchOptions.CONSECUTIVE, 2)
                            .with(WatchOptions.MINIMUM_ITEMS, 50L)
                            .with(WatchOptions.COOLDOWN, Duration.ZERO)
                            .with(RemapOptions.MODE, "auto")
                            .with(RemapOptions.POLICY, "top-p=0.6")
                            .with(RemapOptions.CHURN_BUDGET, 1.0)
                            .with(RemapOptions.COOLDOWN, Duration.ZERO)
                            .start()) {
                items.scramble(200, 150);
                items.settle(job, ONE);
                watched.reportAfter(Instant.now(), job, ReportScope.STANDING);
                assertThat(watched.plans().byEpoch()).isEmpty();

                List<Integer> tokens = fixture.tokens(2);
                fixture.flood("first-", tokens.get(0));
                fixture.awaitHead(job, TOP_P, 0.6);
                assertThat(watched.alerts())
                        .extracting(HourglassAlert::getState)
                        .containsExactly(AlertState.OPENED);

                fixture.drain("first-");
                fixture.flood("second-", tokens.get(1));
                fixture.awaitHead(job, TOP_P, 0.6);

                fixture.drain("second-");
                fixture.awaitHead(job, NONE, 0);
                List<HourglassAlert> alerts = watched.alerts();
                assertThat(alerts.get(alerts.size() - 1).getState()).isEqualTo(AlertState.RESOLVED);
            }
            watched.requireSound();
            assertThat(watched.plans().byEpoch()).hasSizeGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void asksBeforeItMovesAnything() throws Exception {
        try (Fixture fixture = new Fixture("propose.", BOTH)) {
            ItemStream items = fixture.items;
            WatchedVersion watched = fixture.watched;
            try (TestJob job =
                    job(fixture.kafka, 2, 0)
                            .with(WatchOptions.RULES, "max_share@2 > 0.6 until 0.5")
                            .with(WatchOptions.MINIMUM_ITEMS, 1L)
                            .with(WatchOptions.CONSECUTIVE, 1)
                            .with(RemapOptions.COOLDOWN, Duration.ZERO)
                            .start()) {
                String unmet = watched.approve(1);
                assertThat(watched.awaitAnswer(job, unmet).getEpoch()).isZero();
                items.scramble(100, 80);
                fixture.flood("flood-", fixture.tokens(1).get(0));
                items.settle(job, BOTH);
                watched.reportAfter(Instant.now(), job, ReportScope.STANDING);
                RemapPlanStatus proposed = fixture.lastStep();
                fixture.requirePublished(V1, 0);

                String rejection = watched.reject(proposed.getEpoch());
                assertThat(watched.awaitAnswer(job, rejection).getStatus())
                        .isEqualTo(PlanStatus.REJECTED);
                watched.reportAfter(Instant.now(), job, ReportScope.STANDING);
                assertThat(fixture.lastStep().getRequestId()).isEqualTo(rejection); // not again
                fixture.requirePublished(V1, 0);

                String proposal = watched.propose(2, TOP_K, 2);
                long epoch = watched.awaitAnswer(job, proposal).getEpoch();
                assertThat(fixture.lastStep().getStatus()).isEqualTo(PlanStatus.PLANNED);
                watched.approve(epoch);
                watched.awaitStatus(job, epoch, PlanStatus.APPLIED);
                fixture.requirePublished(V1, epoch);
                fixture.requireReported(V1, job, epoch);

                // Layers, and the ends of every policy's range.
                fixture.apply(job, 1, TOP_P, 1);
                fixture.apply(job, 3, DROP_LAYER, 0);
                fixture.apply(job, 2, TOP_P, 0);
                String nonsense = watched.apply(4, TOP_P, 0.5);
                assertThat(watched.awaitAnswer(job, nonsense).getStatus())
                        .isEqualTo(PlanStatus.REJECTED);

                // A codebook of one layer, of which nothing is left.
                WatchedVersion single = new WatchedVersion(fixture.kafka, V2);
                String second = single.apply(2, TOP_P, 0.5);
                assertThat(single.awaitAnswer(job, second).getMessage()).contains("no layer 2");
                single.apply(1, DROP_LAYER, 0);
                single.awaitStatus(job, 1, PlanStatus.APPLIED);
                PublishedUpdates bare = fixture.requirePublished(V2, 1);
                assertThat(bare.paths()).containsOnly(List.of());
                single.requireSound();
            }
            watched.requireSound();
        }
    }

    @Test
    void decidesNothingMoreAboutAVersionThatRetires() throws Exception {
        try (Fixture fixture = new Fixture("retired.", BOTH)) {
            ItemStream items = fixture.items;
            WatchedVersion watched = fixture.watched;
            try (TestJob job = job(fixture.kafka, 2, 60).start()) {
                items.scramble(400, ITEMS);
                items.settle(job, BOTH);
                watched.apply(2, TOP_P, 0.85);
                watched.propose(2, TOP_K, 1);
                watched.awaitMiddle(job, 1);
                fixture.kafka.publish(V1, directory.resolve("codebooks"), CodebookStatus.RETIRED);
                watched.awaitStep(
                        job,
                        "the plan that waits is rejected",
                        step -> step.getStatus() == PlanStatus.REJECTED);

                // That was in a checkpoint: the whole job knows.
                fixture.expected.retire(V1);
                items.scramble(400, ITEMS);
                items.settle(job, List.of(V2));
                fixture.requirePublished(V2, 0);
                fixture.requireReported(V2, job, 0);
                String early = watched.apply(2, TOP_P, 0.5);
                assertThat(watched.awaitAnswer(job, early).getEpoch()).isZero();
                new VersionLife(fixture.kafka, directory.resolve("codebooks"), V1).awaitErased(job);
                String late = watched.apply(2, TOP_P, 0.5);
                assertThat(watched.awaitAnswer(job, late).getEpoch()).isZero();
                assertThat(watched.steps())
                        .extracting(RemapPlanStatus::getStatus)
                        .doesNotContain(PlanStatus.APPLIED);
                PublishedUpdates.read(fixture.kafka, V1.version(), Disambiguation.APPEND)
                        .requireExplainedBy(
                                fixture.expected.changes(V1.version()), watched.plans());
            }
            watched.requireSound();
        }
    }

    /**
     * @param itemsPerSecond that every subtask sweeps; 0: as many as it can
     */
    private TestJob.Builder job(TestKafka kafka, int parallelism, long itemsPerSecond) {
        return TestJob.on(kafka, parallelism, directory)
                .with(WatchOptions.INTERVAL, Duration.ofMillis(100))
                .with(SweepOptions.ITEMS_PER_SECOND, itemsPerSecond);
    }

    /** A test's topics, versions that are live from the beginning, and what must come of them. */
    private final class Fixture implements AutoCloseable {

        private final TestKafka kafka;
        private final ExpectedCatalog expected = new ExpectedCatalog();
        private final ItemStream items;
        private final WatchedVersion watched;

        Fixture(String prefix, List<TestCodebook> versions) throws Exception {
            kafka = TestKafka.create(prefix);
            items = new ItemStream(kafka, expected, versions, prefix.hashCode());
            for (TestCodebook codebook : versions) {
                kafka.publish(codebook, directory.resolve("codebooks"));
                expected.goLive(codebook);
            }
            watched = new WatchedVersion(kafka, V1);
        }

        /** Tokens of the second layer that items have. */
        List<Integer> tokens(int count) {
            return Stream.generate(() -> V1.oracle().codes(items.embedding()).values()[1])
                    .distinct()
                    .limit(count)
                    .toList();
        }

        /** Sends items that share a token of the second layer. */
        void flood(String prefix, int token) {
            for (int i = 0; i < FLOOD; i++) {
                items.put(prefix + i, items.embedding(V1, 2, token));
            }
            kafka.flush();
        }

        void drain(String prefix) {
            for (int i = 0; i < FLOOD; i++) {
                items.delete(prefix + i);
            }
            kafka.flush();
        }

        RemapPlanStatus lastStep() throws Exception {
            List<RemapPlanStatus> steps = watched.steps();
            return steps.get(steps.size() - 1);
        }

        /** Asks for a plan and waits until it has come true. */
        long apply(Alive system, int layer, RemapPolicyKind policy, double parameter)
                throws Exception {
            String request = watched.apply(layer, policy, parameter);
            long epoch = watched.awaitAnswer(system, request).getEpoch();
            watched.awaitStatus(system, epoch, PlanStatus.APPLIED);
            requirePublished(V1, epoch);
            requireReported(V1, system, epoch);
            return epoch;
        }

        /**
         * Waits until the plan in force is as good as the one that a policy would make now, and has
         * reached all items.
         */
        void awaitHead(Alive system, RemapPolicyKind policy, double parameter) throws Exception {
            items.settle(system, ONE);
            LayerSkew layer =
                    watched.reportAfter(Instant.now(), system, ReportScope.STANDING)
                            .getLayers()
                            .get(1);
            List<Integer> wanted = HourglassOracle.head(policy, parameter, layer.getCounts());
            Eventually.await(
                    "the head tokens are about " + wanted,
                    () -> {
                        system.requireAlive();
                        if (watched.steps().isEmpty()) {
                            return false;
                        }
                        RemapPlanStatus last = lastStep();
                        RemapPlan plan = watched.plans().byEpoch().get(last.getEpoch());
                        long others =
                                IntStream.range(0, layer.getTokens())
                                        .filter(
                                                token ->
                                                        wanted.contains(token)
                                                                != Plans.drops(plan, token))
                                        .mapToLong(layer.getCounts()::get)
                                        .sum();
                        return last.getStatus() == PlanStatus.APPLIED
                                && Plans.head(plan, layer.getTokens()).isEmpty() == wanted.isEmpty()
                                && others <= REPLAN_ABOVE * expected.live(V1.version()).size();
                    });
            items.settle(system, ONE);
            requirePublished(V1, lastStep().getEpoch());
            requireReported(V1, system, lastStep().getEpoch());
        }

        /** Every item has the SID that the oracle and the plan of an epoch give it. */
        PublishedUpdates requirePublished(TestCodebook codebook, long epoch) throws Exception {
            PublishedUpdates updates =
                    PublishedUpdates.read(kafka, codebook.version(), Disambiguation.APPEND);
            Plans plans = new WatchedVersion(kafka, codebook).plans();
            updates.requireExplainedBy(expected.changes(codebook.version()), plans);
            updates.requireOnPathsOf(plans, epoch);
            updates.requireUniqueSids();
            assertThat(kafka.read(kafka.topics().deadLetters())).isEmpty();
            return updates;
        }

        /** The next report is of the items that are live and of the SIDs that are published. */
        void requireReported(TestCodebook codebook, Alive system, long epoch) throws Exception {
            HourglassReport report =
                    new WatchedVersion(kafka, codebook)
                            .reportAfter(Instant.now(), system, ReportScope.STANDING);
            HourglassOracle oracle = new HourglassOracle(codebook);
            oracle.requireLayers(report, expected.live(codebook.version()).values());
            oracle.requirePaths(
                    report,
                    PublishedUpdates.read(kafka, codebook.version(), Disambiguation.APPEND)
                            .paths());
            assertThat(report.getRemapEpoch()).isEqualTo(epoch);
        }

        @Override
        public void close() {
            kafka.close();
        }
    }
}
