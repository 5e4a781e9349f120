package io.sidestream.operators.assign;

import static io.sidestream.operators.assign.TestingCodebooks.axes;
import static io.sidestream.operators.assign.TestingCodebooks.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.codebook.Codebook;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodebookStoreTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.006007Z");

    @TempDir private Path folder;
    private CodebookStore store;

    @BeforeEach
    void create() {
        store = new CodebookStore(folder.resolve("not/made/yet").toUri());
    }

    @Test
    void readsBackTheCodebookThatItsManifestDescribes() throws Exception {
        Codebook codebook = axes("v1");

        CodebookManifest manifest = store.put(codebook, CodebookStatus.SHADOW, NOW);

        assertThat(manifest.getVersion()).isEqualTo("v1");
        assertThat(manifest.getDimension()).isEqualTo(2);
        assertThat(manifest.getLayerSizes()).containsExactly(2);
        assertThat(manifest.getNormalize()).isTrue();
        assertThat(manifest.getStatus()).isEqualTo(CodebookStatus.SHADOW);
        assertThat(manifest.getPublishedAt()).isEqualTo("2026-01-02T03:04:05.006Z");
        assertThat(CodebookStore.load(manifest).layer(1)).containsExactly(codebook.layer(1));
    }

    @Test
    void namesAFileByTheHashOfItsContent() throws Exception {
        CodebookManifest manifest = store.put(axes("v1"), CodebookStatus.ACTIVE, NOW);

        byte[] content = Files.readAllBytes(file(manifest));
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        assertThat(manifest.getSha256()).isEqualTo(sha256);
        assertThat(file(manifest)).hasFileName(sha256 + ".safetensors");
    }

    @Test
    void keepsOneFileOfACodebookThatIsPutTwiceAndNothingElse() throws Exception {
        CodebookManifest once = store.put(axes("v1"), CodebookStatus.ACTIVE, NOW);
        CodebookManifest twice = store.put(axes("v1"), CodebookStatus.ACTIVE, NOW);

        assertThat(twice).isEqualTo(once);
        try (Stream<Path> files = Files.list(file(once).getParent())) {
            assertThat(files.filter(path -> !path.getFileName().toString().endsWith(".crc")))
                    .containsExactly(file(once));
        }
    }

    @Test
    void saysWhereAMissingFileShouldBe() throws Exception {
        CodebookManifest manifest = store.put(axes("v1"), CodebookStatus.ACTIVE, NOW);
        Files.delete(file(manifest));

        assertThatThrownBy(() -> CodebookStore.load(manifest))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(manifest.getUri())
                .hasMessageContaining("does not exist");
    }

    @Test
    void refusesAFileWhoseContentHasChanged() throws Exception {
        CodebookManifest manifest = store.put(axes("v1"), CodebookStatus.ACTIVE, NOW);
        TestingCodebooks.damage(manifest);

        assertThatThrownBy(() -> CodebookStore.load(manifest))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(manifest.getUri())
                .hasMessageContaining("sha256");
    }

    @Test
    void refusesAFileThatIsNotWhatItsManifestSays() throws Exception {
        assertRefused(builder -> builder.setVersion("v2"), "version is v1, expected v2");
        assertRefused(builder -> builder.setDimension(3), "dimension is 2, expected 3");
        assertRefused(builder -> builder.setNormalize(false), "normalize is true, expected false");
        assertRefused(
                builder -> builder.setLayerSizes(List.of(2, 2)),
                "layer sizes is [2], expected [2, 2]");
    }

    private void assertRefused(UnaryOperator<CodebookManifest.Builder> change, String message)
            throws IOException {
        CodebookManifest good = store.put(axes("v1"), CodebookStatus.ACTIVE, NOW);
        CodebookManifest wrong = change.apply(CodebookManifest.newBuilder(good)).build();

        assertThatThrownBy(() -> CodebookStore.load(wrong))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("publish the version again");
    }
}
