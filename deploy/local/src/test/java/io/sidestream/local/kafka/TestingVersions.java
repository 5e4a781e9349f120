package io.sidestream.local.kafka;

import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.CodebookAlias;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.PartitionPosition;
import io.sidestream.schema.RetirementProgress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Codebook versions and what is said about them, as commands and jobs would write it. */
public final class TestingVersions {

    /** Of everything here that does not say another time. */
    public static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    private TestingVersions() {}

    /** Of one layer of four codewords of dimension 2. */
    public static CodebookManifest manifest(String version, CodebookStatus status) {
        return CodebookManifest.newBuilder()
                .setVersion(version)
                .setUri("file:///codebooks/" + version)
                .setSha256("0".repeat(64))
                .setDimension(2)
                .setLayerSizes(List.of(4))
                .setNormalize(false)
                .setStatus(status)
                .setPublishedAt(AT)
                .build();
    }

    /** The alias of the active version. */
    public static CodebookAlias active(String version, String previousOrNull) {
        return CodebookAlias.newBuilder()
                .setAlias(ControlKeys.ACTIVE)
                .setCodebookVersion(version)
                .setPreviousVersion(previousOrNull)
                .setTopic("sid-updates." + version)
                .setSince(AT)
                .build();
    }

    public static Codebooks codebooks(CodebookAlias aliasOrNull, CodebookManifest... manifests) {
        return new Codebooks(
                Arrays.stream(manifests)
                        .collect(
                                Collectors.toMap(
                                        CodebookManifest::getVersion,
                                        Function.identity(),
                                        (one, other) -> other,
                                        TreeMap::new)),
                aliasOrNull);
    }

    /** A subtask's report from the beginning of the topic on. */
    public static LiveReport live(
            String version, String run, int subtask, int subtasks, String errorOrNull) {
        return liveSince(version, run, subtask, subtasks, 0, errorOrNull);
    }

    /** A subtask's report from an offset of partition 0 on. */
    public static LiveReport liveSince(
            String version,
            String run,
            int subtask,
            int subtasks,
            long offset,
            String errorOrNull) {
        return LiveReport.newBuilder()
                .setCodebookVersion(version)
                .setRun(run)
                .setSubtask(subtask)
                .setSubtasks(subtasks)
                .setPositions(offset == 0 ? List.of() : List.of(new PartitionPosition(0, offset)))
                .setError(errorOrNull)
                .setAt(AT)
                .build();
    }

    /** A backfill of 1000 records of partition 0, at 50 a second. */
    public static BackfillProgress backfill(
            String version, BackfillPhase phase, long read, Instant at) {
        return BackfillProgress.newBuilder()
                .setCodebookVersion(version)
                .setPhase(phase)
                .setUntil(List.of(new PartitionPosition(0, 1000L)))
                .setRead(read)
                .setTotal(1000)
                .setPerSecond(50)
                .setStartedAt(AT)
                .setAt(at)
                .build();
    }

    public static RetirementProgress retirement(String version, double progress, long items) {
        return RetirementProgress.newBuilder()
                .setCodebookVersion(version)
                .setProgress(progress)
                .setItems(items)
                .setAt(AT)
                .build();
    }
}
