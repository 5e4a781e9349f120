package io.sidestream.operators.assign;

import static io.sidestream.operators.assign.TestingCodebooks.decimal;
import static io.sidestream.operators.assign.TestingCodebooks.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.operators.assign.SharedQuantizers.Lease;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedQuantizersTest {

    @TempDir private Path folder;

    @Test
    void loadsACodebookOnceForAllAndFreesItWithTheLast() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("shared"));

        Lease first = acquire(manifest);
        Lease second = acquire(manifest);
        assertThat(second.quantizer().join()).isSameAs(first.quantizer().join());

        first.release();
        first.release();
        assertThat(SharedQuantizers.isLoaded(manifest)).isTrue();
        second.release();
        assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
    }

    @Test
    void keepsNothingOfACodebookThatCannotBeLoaded() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("damaged"));
        byte[] content = Files.readAllBytes(file(manifest));
        TestingCodebooks.damage(manifest);

        assertThatThrownBy(() -> acquire(manifest).quantizer().join())
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining(manifest.getUri());
        Files.write(file(manifest), content);

        acquire(manifest).release();
        assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
    }

    @Test
    void refusesAWrongManifestWhetherTheFileIsLoadedOrNot() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("right"));
        CodebookManifest wrong = CodebookManifest.newBuilder(manifest).setVersion("wrong").build();
        assertThatThrownBy(() -> acquire(wrong).quantizer().join())
                .hasMessageContaining("version is right, expected wrong");

        Lease lease = acquire(manifest);
        assertThatThrownBy(() -> acquire(wrong).quantizer().join())
                .hasMessageContaining("version is right, expected wrong");
        lease.release();
        assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
    }

    @Test
    void readsACodebookWhoseStoreHangsOnOneThreadOnly() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("slow"));
        List<Runnable> threads = new ArrayList<>();
        StoreAccess store = TestingStore.in(folder, threads::add);

        SharedQuantizers.acquire(manifest, store).release();
        Lease later = SharedQuantizers.acquire(manifest, store);
        assertThat(threads).hasSize(1);
        threads.get(0).run();

        assertThat(later.quantizer().join().layers()).isEqualTo(2);
        later.release();
        assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
    }

    @Test
    void keepsNothingOfACodebookThatNobodyWaitsForAnyMore() throws Exception {
        CodebookManifest manifest = new TestingCodebooks(folder).put(decimal("late"));
        List<Runnable> threads = new ArrayList<>();
        StoreAccess store = TestingStore.in(folder, threads::add);

        SharedQuantizers.acquire(manifest, store).release();
        threads.get(0).run();

        assertThat(SharedQuantizers.isLoaded(manifest)).isFalse();
    }

    private Lease acquire(CodebookManifest manifest) {
        return SharedQuantizers.acquire(manifest, TestingStore.in(folder));
    }
}
