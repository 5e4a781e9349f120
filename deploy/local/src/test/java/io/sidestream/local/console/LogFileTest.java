package io.sidestream.local.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

    @Test
    void isReadableByItsOwnerOnly() throws IOException {
        String before = System.getProperty("sidestream.log.file");
        try {
            Path fresh = folder.resolve("fresh.log");
            Path old = Files.writeString(folder.resolve("old.log"), "one\n");
            for (Path log : new Path[] {fresh, old}) {
                LogFile.use(log);

                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
                        .isEqualTo("rw-------");
            }
            assertThat(old).hasContent("one");
        } finally {
            if (before == null) {
                System.clearProperty("sidestream.log.file");
            } else {
                System.setProperty("sidestream.log.file", before);
            }
        }
    }
}
