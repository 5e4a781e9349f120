package io.sidestream.operators.assign;

import static io.sidestream.operators.assign.TestingCodebooks.decimal;
import static io.sidestream.operators.assign.TestingCodebooks.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedQuantizersTest {

    @TempDir private Path folder;

    @Test
    void loadsACodebookOnceForAllAndFreesItWithTheLast() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("shared"));

        ResidualQuantizer first = SharedQuantizers.acquire(manifest);
        ResidualQuantizer second = SharedQuantizers.acquire(manifest);
        assertThat(second).isSameAs(first);

        SharedQuantizers.release(manifest);
        assertThat(isLoaded(manifest)).isTrue();
        SharedQuantizers.release(manifest);
        assertThat(isLoaded(manifest)).isFalse();
    }

    @Test
    void keepsNothingOfACodebookThatCannotBeLoaded() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("damaged"));
        byte[] content = Files.readAllBytes(file(manifest));
        TestingCodebooks.damage(manifest);

        assertThatThrownBy(() -> SharedQuantizers.acquire(manifest))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(manifest.getUri());
        Files.write(file(manifest), content);

        SharedQuantizers.acquire(manifest);
        SharedQuantizers.release(manifest);
        assertThat(isLoaded(manifest)).isFalse();
    }

    @Test
    void refusesAWrongManifestWhetherTheFileIsLoadedOrNot() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("right"));
        CodebookManifest wrong = CodebookManifest.newBuilder(manifest).setVersion("wrong").build();
        assertThatThrownBy(() -> SharedQuantizers.acquire(wrong))
                .hasMessageContaining("version is right, expected wrong");

        SharedQuantizers.acquire(manifest);
        assertThatThrownBy(() -> SharedQuantizers.acquire(wrong))
                .hasMessageContaining("version is right, expected wrong");
        SharedQuantizers.release(manifest);
        assertThat(isLoaded(manifest)).isFalse();
    }

    /** Whether somebody holds the codebook: with its file out of reach, it comes from memory. */
    static boolean isLoaded(CodebookManifest manifest) {
        CodebookManifest unreachable =
                CodebookManifest.newBuilder(manifest).setUri("file:///no/such/file").build();
        try {
            SharedQuantizers.acquire(unreachable);
        } catch (IOException e) {
            return false;
        }
        SharedQuantizers.release(unreachable);
        return true;
    }
}
