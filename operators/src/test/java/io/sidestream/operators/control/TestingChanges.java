package io.sidestream.operators.control;

import io.sidestream.operators.TestingRecords;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.time.Instant;
import java.util.List;

/** What becomes of codebook versions, where a test is not about their codebooks. */
public final class TestingChanges {

    private TestingChanges() {}

    public static CodebookChange live(String version) {
        return in(CodebookStatus.SHADOW, version);
    }

    public static CodebookChange retired(String version) {
        return in(CodebookStatus.RETIRED, version);
    }

    public static CodebookChange forgotten(String version) {
        return new CodebookChange(TestingRecords.forgotten(0, version), version, null);
    }

    /** A version of a codebook of some shape. */
    public static CodebookChange of(String version, CodebookStatus status, Integer... layerSizes) {
        CodebookManifest manifest =
                manifest(version, status).setLayerSizes(List.of(layerSizes)).build();
        return new CodebookChange(TestingRecords.manifest(0, manifest), version, manifest);
    }

    private static CodebookChange in(CodebookStatus status, String version) {
        CodebookManifest manifest = manifest(version, status).build();
        return new CodebookChange(TestingRecords.manifest(0, manifest), version, manifest);
    }

    /** Of no codebook that there is. */
    public static CodebookManifest.Builder manifest(String version, CodebookStatus status) {
        return CodebookManifest.newBuilder()
                .setVersion(version)
                .setUri("file:///codebooks/" + version)
                .setSha256("0".repeat(64))
                .setDimension(2)
                .setLayerSizes(List.of(4, 4))
                .setNormalize(false)
                .setStatus(status)
                .setPublishedAt(Instant.EPOCH);
    }
}
