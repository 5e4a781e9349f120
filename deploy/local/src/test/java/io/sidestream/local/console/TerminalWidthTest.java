package io.sidestream.local.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TerminalWidthTest {

    @Test
    void isSomeUsableWidthWhereverThisRuns() {
        assertThat(TerminalWidth.columns()).isBetween(1, 9999);
    }
}
