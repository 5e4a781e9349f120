package io.sidestream.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

    @TempDir private Path folder;

    @Test
    void makesWhatIsMissing() {
        try (DataDirectory data = DataDirectory.open(folder.resolve("a/b"))) {
            assertThat(data.root()).isEqualTo(folder.resolve("a/b"));
            assertThat(data.kafka()).isEmptyDirectory();
            assertThat(data.codebooks()).isEmptyDirectory();
            assertThat(data.checkpoints()).isEmptyDirectory();
            assertThat(data.savepoints()).isEmptyDirectory();
            assertThat(data.logs()).isEmptyDirectory();
            assertThat(data.tmp()).isEmptyDirectory();
        }
    }

    @Test
    void keepsEverythingButWorkingFiles() throws IOException {
        try (DataDirectory data = DataDirectory.open(folder)) {
            Files.writeString(data.codebooks().resolve("kept"), "");
            Files.writeString(data.tmp().resolve("scratch"), "");
        }

        try (DataDirectory data = DataDirectory.open(folder)) {
            assertThat(data.codebooks().resolve("kept")).exists();
            assertThat(data.tmp()).isEmptyDirectory();
        }
    }

    @Test
    void clearsWorkingFilesThatACrashHasLeft() throws IOException {
        DataDirectory.open(folder).close();
        Files.createDirectories(folder.resolve("tmp/deep/down"));
        Files.writeString(folder.resolve("tmp/deep/down/file"), "");

        try (DataDirectory data = DataDirectory.open(folder)) {
            assertThat(data.tmp()).isEmptyDirectory();
        }
    }

    @Test
    void belongsToOneHolderAtATime() {
        try (DataDirectory data = DataDirectory.open(folder)) {
            assertThatThrownBy(() -> DataDirectory.open(data.root()))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
        }

        DataDirectory.open(folder).close(); // and is free again afterwards
    }

    @Test
    void refusesADirectoryOfSomethingElse() throws IOException {
        Files.writeString(folder.resolve("thesis.txt"), "precious");

        assertThatThrownBy(() -> DataDirectory.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is not empty and was not made by Sidestream");
        assertThat(folder).isDirectoryNotContaining(path -> !path.endsWith("thesis.txt"));
    }

    @Test
    void refusesAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> DataDirectory.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(file + " is a file");
    }

    @Test
    void leavesOnlyTheLogsOfATemporaryOne() throws IOException {
        Path root;
        try (DataDirectory data = DataDirectory.temporary()) {
            root = data.root();
            Files.writeString(data.log(), "what happened");
            Files.writeString(data.kafka().resolve("segment"), "");
        }

        try {
            assertThat(root).isDirectoryContaining(path -> path.endsWith("logs"));
            assertThat(root).isDirectoryNotContaining(path -> !path.endsWith("logs"));
            assertThat(root.resolve("logs/sidestream.log")).hasContent("what happened");
        } finally {
            Files.delete(root.resolve("logs/sidestream.log"));
            Files.delete(root.resolve("logs"));
            Files.delete(root);
        }
    }
}
