package io.sidestream.operators.assign;

import io.sidestream.codebook.Codebook;
import io.sidestream.operators.TestingRecords;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** A codebook store on disk, filled with codebooks whose codes are read off an embedding. */
public final class TestingCodebooks {

    private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);

    private final CodebookStore store;

    public TestingCodebooks(Path folder) {
        this.store = new CodebookStore(folder.toUri());
    }

    /**
     * Dimension 1, layers 10 and 5 wide: the embedding 32 has the codes 3 and 2. Only digits up to
     * 4 may stand at the end, so that the tens are not rounded up.
     */
    public static Codebook decimal(String version) {
        return Codebook.of(
                version,
                1,
                false,
                new float[][] {
                    {0, 10, 20, 30, 40, 50, 60, 70, 80, 90}, {0, 1, 2, 3, 4},
                },
                Map.of());
    }

    /** Dimension 2, normalizing: code 0 for embeddings along the first axis, 1 along the other. */
    public static Codebook axes(String version) {
        return Codebook.of(version, 2, true, new float[][] {{1, 0, 0, 1}}, Map.of());
    }

    public CodebookManifest put(Codebook codebook) throws IOException {
        return store.put(codebook, CodebookStatus.ACTIVE, NOW);
    }

    CodebookChange publish(Codebook codebook) throws Exception {
        return change(put(codebook));
    }

    /** The same codebook in another status. */
    CodebookChange publish(Codebook codebook, CodebookStatus status) throws Exception {
        return change(CodebookManifest.newBuilder(put(codebook)).setStatus(status).build());
    }

    public static CodebookChange change(CodebookManifest manifest) {
        return new CodebookChange(
                TestingRecords.manifest(0, manifest), manifest.getVersion(), manifest);
    }

    public static CodebookChange forget(String version) {
        return new CodebookChange(TestingRecords.forgotten(0, version), version, null);
    }

    static Path file(CodebookManifest manifest) {
        return Path.of(URI.create(manifest.getUri()));
    }

    static void damage(CodebookManifest manifest) throws IOException {
        byte[] bytes = Files.readAllBytes(file(manifest));
        bytes[bytes.length - 1] ^= 1;
        Files.write(file(manifest), bytes);
    }
}
