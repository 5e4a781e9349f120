package io.sidestream.local.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir private Path folder;
    private Path checkpoints;
    private Path savepoints;

    @BeforeEach
    void makeDirectories() throws IOException {
        checkpoints = Files.createDirectory(folder.resolve("checkpoints"));
        savepoints = Files.createDirectory(folder.resolve("savepoints"));
    }

    @Test
    void beginsAfreshWhenThereIsNothing() throws IOException {
        Snapshots.Run run = next();

        assertThat(run.restoreFrom()).isEmpty();
        assertThat(run.checkpoints()).isEqualTo(checkpoints.resolve("000001"));
        assertThat(run.savepoints()).isEqualTo(savepoints.resolve("000001"));
    }

    @Test
    void goesOnFromTheSavepointOfAnOrderlyStop() throws IOException {
        snapshot(checkpoints, "000001/job/chk-7", NOON);
        Path savepoint = snapshot(savepoints, "000001/savepoint-x", NOON.plusSeconds(1));

        Snapshots.Run run = next();

        assertThat(run.restoreFrom()).contains(savepoint);
        assertThat(run.checkpoints()).isEqualTo(checkpoints.resolve("000002"));
    }

    @Test
    void goesOnFromTheLastCheckpointAfterACrash() throws IOException {
        snapshot(savepoints, "000001/savepoint-x", NOON);
        snapshot(checkpoints, "000002/job/chk-9", NOON.plusSeconds(9));
        Path last = snapshot(checkpoints, "000002/job/chk-10", NOON.plusSeconds(10));

        assertThat(next().restoreFrom()).contains(last);
    }

    @Test
    void tellsCheckpointsOfOneInstantApartByTheirNumbers() throws IOException {
        snapshot(checkpoints, "000001/job/chk-9", NOON);
        Path last = snapshot(checkpoints, "000001/job/chk-10", NOON);

        assertThat(next().restoreFrom()).contains(last);
    }

    @Test
    void trustsTheOrderOfRunsMoreThanTheClock() throws IOException {
        snapshot(savepoints, "000001/savepoint-x", NOON);
        Path last = snapshot(checkpoints, "000002/job/chk-1", NOON.minusSeconds(3600));

        assertThat(next().restoreFrom()).contains(last);
    }

    @Test
    void passesOverWhatIsNotComplete() throws IOException {
        Path complete = snapshot(checkpoints, "000001/job/chk-3", NOON);
        Files.createDirectories(checkpoints.resolve("000001/job/chk-4"));
        Files.writeString(checkpoints.resolve("000001/job/chk-4/part"), "");
        Files.createDirectories(checkpoints.resolve("000002/job/shared"));
        Files.writeString(checkpoints.resolve("000002/job/shared/000012.sst"), "");

        Snapshots.Run run = next();

        assertThat(run.restoreFrom()).contains(complete);
        assertThat(run.checkpoints()).isEqualTo(checkpoints.resolve("000003"));
    }

    @Test
    void removesEmptyDirectoriesOfEarlierRuns() throws IOException {
        Files.createDirectories(checkpoints.resolve("000001/job/taskowned"));
        Path kept = snapshot(checkpoints, "000002/job/chk-1", NOON);

        next();

        assertThat(checkpoints.resolve("000001")).doesNotExist();
        assertThat(kept).exists();
    }

    private Snapshots.Run next() throws IOException {
        return new Snapshots(checkpoints, savepoints).next();
    }

    private static Path snapshot(Path parent, String name, Instant written) throws IOException {
        Path directory = Files.createDirectories(parent.resolve(name));
        Path metadata = Files.writeString(directory.resolve("_metadata"), "");
        Files.setLastModifiedTime(metadata, FileTime.from(written));
        return directory;
    }
}
