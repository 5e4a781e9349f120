package io.sidestream.local.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {

    @TempDir private Path folder;

    @Test
    void givesTheLastLines() throws IOException {
        Path log = Files.writeString(folder.resolve("log"), "one\ntwo\nthree\n");

        assertThat(LogFile.lastLines(log, 2)).containsExactly("two", "three");
        assertThat(LogFile.lastLines(log, 9)).containsExactly("one", "two", "three");
    }

    @Test
    void hasNoLinesWhenThereIsNoFile() {
        assertThat(LogFile.lastLines(folder.resolve("none"), 5)).isEmpty();
    }

    @Test
    void readsOnWhereTheLogIsNotUtf8() throws IOException {
        Path log = Files.write(folder.resolve("log"), new byte[] {'a', (byte) 0xFF, '\n', 'b'});

        assertThat(LogFile.lastLines(log, 2)).hasSize(2).endsWith("b");
    }
}
