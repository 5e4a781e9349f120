package io.sidestream.it;

import static io.sidestream.it.Backfill.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.index.IndexOptions;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.watch.WatchOptions;
import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.Disambiguation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Codebook versions side by side, from the first item under one to the last of another. */
class VersionsIT {

    private static final int DIMENSION = 8;
    private static final int HOT = 60;
    private static final int ITEMS = 500;
    private static final int SECONDS_TO_READ = 3;

    private static final TestCodebook V1 = TestCodebook.random("v1", DIMENSION, true, 41, 7, 5, 9);

    @TempDir private Path directory;

    /** What fails in the life of a version, and when. */
    private enum Failure {
        NONE,
        PUBLISHED,
        BACKFILLING,
        BACKFILL_ITSELF,
        BACKFILL_INTERRUPTED,
        BACKFILLING_BOTH,
        READY,
        PROMOTED,
        RETIRING
    }

    /** How the job fails, and comes back. */
    private enum Return {
        /** A TaskManager is killed: back to the last checkpoint. */
        KILLED(Failure.values()),
        /** Stopped, and started with another number of subtasks. */
        RESCALED(
                Failure.PUBLISHED,
                Failure.BACKFILLING,
                Failure.READY,
                Failure.PROMOTED,
                Failure.RETIRING);

        private final List<Failure> failures;

        Return(Failure... failures) {
            this.failures = List.of(failures);
        }
    }

    @ParameterizedTest
    @EnumSource
    void publishesWhatTheOracleSaysUnderOneVersionAfterTheOther(Return how) throws Exception {
        List<TestCodebook> versions = new ArrayList<>(List.of(V1));
        for (Failure failure : how.failures) {
            int number = versions.size() + 1;
            versions.add(
                    TestCodebook.random(
                            "v%d-%s".formatted(number, failure.name().charAt(0)),
                            DIMENSION,
                            number % 2 == 0,
                            40 + number,
                            4 + number,
                            6,
                            number % 3 == 0 ? 1 : 9));
        }
        try (Fixture fixture = new Fixture("life-" + how.ordinal() + ".", versions);
                Running running = new Running(fixture, how)) {
            fixture.items.scramble(3 * ITEMS, ITEMS);
            fixture.items.settle(running, List.of(V1));
            VersionLife active = fixture.life(V1);
            for (Failure failure : how.failures) {
                VersionLife next = fixture.life(versions.get(1 + how.failures.indexOf(failure)));
                try (Traffic traffic = Traffic.start(fixture.items, HOT, ITEMS)) {
                    live(fixture, running, traffic, active, next, failure);
                }
                active = next;
            }
            fixture.items.settle(running, List.of(active.codebook()));
            fixture.requirePublished(active.codebook());
            fixture.requireReported(active.codebook(), running);
            fixture.requireBadOnesSetAside();
        }
    }

    /** Brings a version up and lets another one go, while the catalog changes. */
    private static void live(
            Fixture fixture,
            Running running,
            Traffic traffic,
            VersionLife former,
            VersionLife version,
            Failure failure)
            throws Exception {
        fixture.items.scramble(HOT, ITEMS); // so that some wait in a bundle when the version comes
        version.publish();
        running.failIf(failure == Failure.PUBLISHED);
        version.awaitLive(running);
        backfill(fixture, running, version, failure);
        assertThat(version.status()).isEqualTo(CodebookStatus.READY);
        Instant ready = Instant.now();
        running.failIf(failure == Failure.READY);
        version.awaitAsCompleteAs(former, ready, running);
        version.promote(former);
        running.failIf(failure == Failure.PROMOTED);

        Map<String, Integer> settled = fixture.expected.eventCounts();
        fixture.items.settle(running, List.of(former.codebook(), version.codebook()));
        fixture.expected.retire(former.codebook());
        former.retire();
        if (failure == Failure.RETIRING) {
            former.awaitErasing(running);
            running.failIf(true);
        }
        assertThat(former.awaitErased(running).getItems()).isGreaterThan(ITEMS / 2);
        traffic.close();
        fixture.items.settle(running, List.of(version.codebook()));
        PublishedUpdates last = fixture.published(former.codebook());
        last.requireFollows(fixture.expected.events(), former.codebook(), settled);
        last.requireUniqueSids(fixture.expected.unchangedSince(settled));
        PublishedUpdates updates = fixture.requirePublished(version.codebook());
        assertThat(updates.count(UpdateReason.BACKFILL)).isGreaterThan(ITEMS / 4);
        assertThat(updates.count(UpdateReason.EMBEDDING_CHANGED)).isPositive();
    }

    private static void backfill(
            Fixture fixture, Running running, VersionLife version, Failure failure)
            throws Exception {
        double pace =
                fixture.kafka.committedEnd(fixture.kafka.topics().itemEmbeddings())
                        / (double) SECONDS_TO_READ;
        int parallelism = 1 + failure.ordinal() % 3;
        if (failure.name().startsWith("BACKFILL")) {
            try (Backfill backfill =
                    Backfill.start(fixture.kafka, version.codebook(), parallelism, pace)) {
                backfill.awaitMiddle();
                running.failIf(
                        failure == Failure.BACKFILLING || failure == Failure.BACKFILLING_BOTH);
                switch (failure) {
                    case BACKFILL_ITSELF, BACKFILLING_BOTH ->
                            assertThat(backfill.kill()).hasMessageContaining("run it again");
                    case BACKFILL_INTERRUPTED ->
                            assertThat(backfill.interrupt())
                                    .isInstanceOf(InterruptedException.class);
                    default -> backfill.await();
                }
            }
        }
        try (Backfill backfill =
                Backfill.start(fixture.kafka, version.codebook(), parallelism, UNLIMITED)) {
            assertThat(backfill.await().getPhase()).isEqualTo(BackfillPhase.DONE);
        }
    }

    /** What happens to an item that is being backfilled. */
    private enum Race {
        DELETED,
        UPDATED,
        RECREATED,
        SAME_REVISION,
        STALE_REVISION,
        REVISION_DROPPED,
        REPEATED,
        NOTHING
    }

    /** When it happens. */
    private enum When {
        BEFORE,
        DURING,
        AFTER
    }

    @Test
    void bringsNothingBackThatHasChangedWhileItWasBackfilled() throws Exception {
        TestCodebook v2 = TestCodebook.random("v2", DIMENSION, false, 42, 9, 6, 5);
        int each = 12;
        try (Fixture fixture = new Fixture("races.", List.of(V1, v2))) {
            ItemStream items = fixture.items;
            VersionLife version = fixture.life(v2);
            Running running = new Running(fixture, Return.RESCALED);
            try {
                for (Race race : Race.values()) {
                    for (When when : When.values()) {
                        for (int i = 0; i < each; i++) {
                            items.put(id(race, when, i), items.embedding(), 1_000_000L);
                        }
                    }
                }
                items.settle(running, List.of(V1));
                version.publish();
                version.awaitLive(running);
                race(items, When.BEFORE, each);
                String savepoint = running.stop();
                try (Backfill backfill = Backfill.start(fixture.kafka, v2, 2, UNLIMITED)) {
                    backfill.awaitHandedOver();
                    race(items, When.DURING, each);
                    backfill.requireAlive();
                    assertThat(version.status()).isEqualTo(CodebookStatus.SHADOW);
                    running.start(savepoint, 3);
                    backfill.await();
                }
                assertThat(version.status()).isEqualTo(CodebookStatus.READY);
                race(items, When.AFTER, each);
                items.settle(running, List.of(V1, v2));
                fixture.requirePublished(V1);
                PublishedUpdates updates = fixture.requirePublished(v2);
                fixture.requireReported(V1, running);
                fixture.requireReported(v2, running);
                assertThat(updates.count(UpdateReason.BACKFILL)).isGreaterThan(8L * each);
                for (int i = 0; i < each; i++) {
                    assertThat(updates.live())
                            .doesNotContainKeys(
                                    id(Race.DELETED, When.BEFORE, i),
                                    id(Race.DELETED, When.DURING, i),
                                    id(Race.DELETED, When.AFTER, i));
                    assertThat(updates.live().get(id(Race.NOTHING, When.DURING, i)).getReason())
                            .isEqualTo(UpdateReason.BACKFILL);
                }
            } finally {
                running.close();
            }
        }
    }

    private static String id(Race race, When when, int number) {
        return "%s-%s-%d".formatted(race, when, number);
    }

    private static void race(ItemStream items, When when, int each) {
        for (Race race : Race.values()) {
            for (int i = 0; i < each; i++) {
                String id = id(race, when, i);
                switch (race) {
                    case DELETED -> items.delete(id);
                    case UPDATED -> items.put(id, items.embedding(), 1_000_001L);
                    case RECREATED -> {
                        items.delete(id);
                        items.put(id, items.embedding(), 1_000_001L);
                    }
                    case SAME_REVISION -> items.put(id, items.embedding(), 1_000_000L);
                    case STALE_REVISION -> items.put(id, items.embedding(), 999_999L);
                    case REVISION_DROPPED -> items.put(id, items.embedding());
                    case REPEATED -> items.repeat(id);
                    case NOTHING -> {}
                }
            }
        }
    }

    @Test
    void fillsTheSameWhateverTheBackfillsParallelismAndPace() throws Exception {
        List<TestCodebook> versions = new ArrayList<>(List.of(V1));
        for (int parallelism = 1; parallelism <= 3; parallelism++) { // the same but for the name
            versions.add(
                    TestCodebook.of(
                            TestCodebook.random("v2", DIMENSION, false, 42, 9, 6, 5)
                                    .codebook()
                                    .withVersion("by-" + parallelism)));
        }
        try (Fixture fixture = new Fixture("parallel.", versions);
                Running running = new Running(fixture, Return.KILLED)) {
            fixture.items.scramble(2 * ITEMS, ITEMS);
            fixture.items.settle(running, List.of(V1));
            for (TestCodebook codebook : versions.subList(1, 4)) {
                fixture.life(codebook).publish();
            }
            long before = 0;
            for (TestCodebook codebook : versions.subList(1, 4)) {
                VersionLife version = fixture.life(codebook);
                version.awaitLive(running);
                int parallelism = versions.indexOf(codebook);
                double pace = parallelism == 2 ? ITEMS : UNLIMITED;
                long begin = System.nanoTime();
                try (Backfill backfill =
                        Backfill.start(fixture.kafka, codebook, parallelism, pace)) {
                    long read = backfill.await().getRead();
                    assertThat(read).isGreaterThan(2 * ITEMS).isGreaterThanOrEqualTo(before);
                    before = read;
                    if (pace != UNLIMITED) {
                        assertThat((System.nanoTime() - begin) / 1e9)
                                .isGreaterThan(read / pace - 1);
                    }
                }
                PublishedUpdates updates = fixture.requirePublished(codebook);
                assertThat(updates.count(UpdateReason.BACKFILL))
                        .isEqualTo(updates.count())
                        .isEqualTo(fixture.expected.live(codebook.version()).size());
                fixture.requireReported(codebook, running);
            }
            assertThat(paths(fixture, versions.get(2))).isEqualTo(paths(fixture, versions.get(1)));
            assertThat(paths(fixture, versions.get(3))).isEqualTo(paths(fixture, versions.get(1)));
        }
    }

    private static Map<String, List<Integer>> paths(Fixture fixture, TestCodebook codebook)
            throws Exception {
        Map<String, List<Integer>> codes = new HashMap<>();
        for (Map.Entry<String, SidUpdate> item : fixture.published(codebook).live().entrySet()) {
            codes.put(item.getKey(), item.getValue().getCodes());
        }
        return codes;
    }

    @Test
    void goesOnWithoutACodebookThatCannotBeLoadedAndClosesTheGap() throws Exception {
        TestCodebook missing = TestCodebook.random("missing", DIMENSION, false, 42, 9, 6, 5);
        TestCodebook damaged = TestCodebook.random("damaged", DIMENSION, true, 43, 8, 6);
        List<TestCodebook> all = List.of(V1, missing, damaged);
        try (Fixture fixture = new Fixture("gaps.", all);
                Running running = new Running(fixture, Return.KILLED);
                Traffic traffic = Traffic.start(fixture.items, HOT, ITEMS)) {
            fixture.items.scramble(ITEMS, ITEMS);

            // When it is published.
            VersionLife first = fixture.life(missing);
            VersionLife second = fixture.life(damaged);
            byte[] firstFile = Files.readAllBytes(first.file());
            byte[] secondFile = Files.readAllBytes(second.file());
            Files.delete(first.file());
            Files.write(second.file(), flipped(secondFile));
            first.publish();
            second.publish();
            assertThat(first.awaitFailure(running)).contains("does not exist");
            assertThat(second.awaitFailure(running)).contains(second.file().toString());
            fixture.items.settle(running, List.of(V1));
            try (Backfill backfill =
                    Backfill.start(fixture.kafka, missing, 1, UNLIMITED, Duration.ZERO)) {
                assertThat(backfill.awaitFailure()).hasMessageContaining("does not exist");
            }
            Files.write(first.file(), firstFile);
            Files.write(second.file(), secondFile);
            first.awaitLive(running);
            second.awaitLive(running);
            for (VersionLife version : List.of(first, second)) {
                try (Backfill backfill =
                        Backfill.start(fixture.kafka, version.codebook(), 2, UNLIMITED)) {
                    backfill.await();
                }
            }
            fixture.items.settle(running, all);

            // While the job restarts; the version is filled already.
            Files.delete(first.file());
            running.fail();
            assertThat(first.awaitFailure(running)).contains("does not exist");
            fixture.items.scramble(ITEMS / 2, ITEMS);
            fixture.items.settle(running, List.of(V1, damaged));
            Files.write(first.file(), firstFile);
            assertThat(first.awaitLive(running).errorOrNull()).isNull();
            try (Backfill backfill = Backfill.start(fixture.kafka, missing, 1, UNLIMITED)) {
                backfill.await();
            }
            traffic.close();
            fixture.items.settle(running, all);
            for (TestCodebook codebook : all) {
                fixture.requirePublished(codebook);
                fixture.requireReported(codebook, running);
            }
            assertThat(running.restarts()).isEqualTo(1);
        }
    }

    private static byte[] flipped(byte[] file) {
        byte[] damaged = file.clone();
        damaged[damaged.length - 1] ^= 1;
        return damaged;
    }

    @Test
    void keepsNothingOfARetiredVersionInItsState() throws Exception {
        TestCodebook leaving = TestCodebook.random("quux.leaves", DIMENSION, false, 42, 9, 6, 5);
        try (Fixture fixture = new Fixture("erased.", List.of(V1, leaving))) {
            Running running = new Running(fixture, Return.RESCALED);
            try {
                for (int i = 0; i < 2 * ITEMS; i++) {
                    fixture.items.put("item-" + i, fixture.items.embedding());
                }
                fixture.items.settle(running, List.of(V1));
                String savepoint = running.stop();
                Savepoint one = Savepoint.read(savepoint);
                running.start(savepoint, 2);
                VersionLife version = fixture.life(leaving);
                version.publish();
                version.awaitLive(running);
                try (Backfill backfill = Backfill.start(fixture.kafka, leaving, 2, UNLIMITED)) {
                    backfill.await();
                }
                savepoint = running.stop();
                Savepoint two = Savepoint.read(savepoint);
                assertThat(two.occurrences(leaving.version())).isGreaterThan(2 * 2 * ITEMS);
                assertThat(two.bytes()).isGreaterThan(one.bytes() * 3 / 2);

                running.start(savepoint, 3);
                fixture.expected.retire(leaving);
                version.retire();
                assertThat(version.awaitErased(running).getItems())
                        .isEqualTo(fixture.expected.live(V1.version()).size());
                savepoint = running.stop();
                Savepoint after = Savepoint.read(savepoint);
                // Operators remember that the name is used up, but not for each item.
                assertThat(after.occurrences(leaving.version())).isLessThan(60);
                assertThat(after.bytes()).isLessThan(one.bytes() * 11 / 10);
                assertThat(after.occurrences(V1.version()))
                        .isGreaterThanOrEqualTo(one.occurrences(V1.version()));

                running.start(savepoint, 1);
                fixture.items.repeatAll();
                fixture.items.settle(running, List.of(V1));
                fixture.requirePublished(V1);
                fixture.requireReported(V1, running);
            } finally {
                running.close();
            }
        }
    }

    /** All bytes of a savepoint. */
    private record Savepoint(List<byte[]> files) {

        static Savepoint read(String uri) throws IOException {
            List<byte[]> files = new ArrayList<>();
            try (var paths = Files.walk(Path.of(URI.create(uri)))) {
                for (Path path : paths.filter(Files::isRegularFile).toList()) {
                    files.add(Files.readAllBytes(path));
                }
            }
            return new Savepoint(files);
        }

        long bytes() {
            return files.stream().mapToLong(file -> file.length).sum();
        }

        int occurrences(String ascii) {
            int count = 0;
            for (byte[] file : files) {
                for (int at = 0; at <= file.length - ascii.length(); at++) {
                    int begin = at;
                    boolean found =
                            IntStream.range(0, ascii.length())
                                    .allMatch(i -> file[begin + i] == ascii.charAt(i));
                    count += found ? 1 : 0;
                }
            }
            return count;
        }
    }

    /** The indexing job, which fails and comes back. */
    private final class Running implements Alive, AutoCloseable {

        private static final int MOST_SUBTASKS = 3;

        private final Fixture fixture;
        private final Return how;
        private int parallelism = 2;
        private TestJob job;

        Running(Fixture fixture, Return how) throws Exception {
            this.fixture = fixture;
            this.how = how;
            start(null, parallelism);
        }

        private void start(String savepoint, int subtasks) throws Exception {
            parallelism = subtasks;
            TestJob.Builder settings =
                    TestJob.on(fixture.kafka, parallelism, directory)
                            .restarting()
                            .lingering()
                            .with(IndexOptions.BUCKETS, 1_024)
                            .with(WatchOptions.INTERVAL, Duration.ofMillis(100))
                            .with(SweepOptions.ITEMS_PER_SECOND, 2L * ITEMS / subtasks);
            job = savepoint == null ? settings.start() : settings.from(savepoint).start();
        }

        String stop() throws Exception {
            String savepoint = job.stopWithSavepoint();
            job.close();
            return savepoint;
        }

        void failIf(boolean wanted) throws Exception {
            if (wanted) {
                fail();
            }
        }

        void fail() throws Exception {
            switch (how) {
                case KILLED -> job.replaceTaskManager();
                case RESCALED -> start(stop(), 1 + parallelism % MOST_SUBTASKS);
            }
        }

        int restarts() throws Exception {
            return job.restarts();
        }

        @Override
        public void requireAlive() throws Exception {
            job.requireAlive();
        }

        @Override
        public void close() throws Exception {
            job.close();
        }
    }

    /**
     * A test's topics and what must come of them; the first version is active from the beginning.
     */
    private final class Fixture implements AutoCloseable {

        private final TestKafka kafka;
        private final ExpectedCatalog expected = new ExpectedCatalog();
        private final ItemStream items;
        private final Map<String, VersionLife> lives = new HashMap<>();

        Fixture(String prefix, List<TestCodebook> versions) throws Exception {
            kafka = TestKafka.create(prefix);
            items = new ItemStream(kafka, expected, versions, prefix.hashCode());
            for (TestCodebook codebook : versions) {
                expected.goLive(codebook); // as if it had been there from the beginning
                lives.put(
                        codebook.version(),
                        new VersionLife(kafka, directory.resolve("codebooks"), codebook));
            }
            life(versions.get(0)).publish(CodebookStatus.ACTIVE);
        }

        VersionLife life(TestCodebook codebook) {
            return lives.get(codebook.version());
        }

        PublishedUpdates published(TestCodebook codebook) throws Exception {
            return PublishedUpdates.read(kafka, codebook.version(), Disambiguation.APPEND);
        }

        /** Every item has the SID that the oracle gives it. */
        PublishedUpdates requirePublished(TestCodebook codebook) throws Exception {
            PublishedUpdates updates = published(codebook);
            updates.requireFollows(expected.events(), codebook);
            updates.requireUniqueSids();
            assertThat(updates.live().keySet())
                    .isEqualTo(expected.live(codebook.version()).keySet());
            return updates;
        }

        /** The next report is of the items that are live and of the SIDs that are published. */
        void requireReported(TestCodebook codebook, Alive system) throws Exception {
            HourglassReport report =
                    new WatchedVersion(kafka, codebook)
                            .reportAfter(Instant.now(), system, ReportScope.STANDING);
            HourglassOracle oracle = new HourglassOracle(codebook);
            oracle.requireLayers(report, expected.live(codebook.version()).values());
            oracle.requirePaths(report, published(codebook).paths());
        }

        /** The dead letters are of bad records, of each at least one. */
        void requireBadOnesSetAside() throws Exception {
            SingleObjectFormat<DeadLetter> format = SingleObjectFormat.of(DeadLetter.class);
            Set<String> places = new HashSet<>();
            for (ConsumerRecord<byte[], byte[]> record : kafka.read(kafka.topics().deadLetters())) {
                DeadLetter letter = format.decode(record.value());
                places.add(letter.getOriginPartition() + "/" + letter.getOriginOffset());
            }
            assertThat(places).isEqualTo(items.bad());
        }

        @Override
        public void close() {
            kafka.close();
        }
    }
}
