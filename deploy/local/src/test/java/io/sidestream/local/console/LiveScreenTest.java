package io.sidestream.local.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LiveScreenTest {

    private static final String ESCAPE = "\u001b[";

    @Test
    void drawsOnAScreenOfItsOwnAndGivesTheOldOneBack() {
        TestingConsole console = TestingConsole.terminal();

        try (LiveScreen screen = LiveScreen.open(console.console(), true)) {
            show(screen, "one", "two");
            assertThat(console.out())
                    .startsWith(ESCAPE + "?1049h")
                    .endsWith(
                            ESCAPE + "1;1Hone" + ESCAPE + "K" + ESCAPE + "2;1Htwo" + ESCAPE + "K"
                                    + ESCAPE + "J");
            show(screen, "three");
        }

        assertThat(console.out())
                .endsWith(ESCAPE + "?7h" + ESCAPE + "?25h" + ESCAPE + "?1049lthree\n");
    }

    @Test
    void writesPlainTextWhereThereIsNoTerminal() {
        TestingConsole console = TestingConsole.plain();

        try (LiveScreen screen = LiveScreen.open(console.console(), true)) {
            show(screen, "one", "two");
            show(screen, "three");
        }

        assertThat(console.out()).isEqualTo("one\ntwo\n\nthree\n");
    }

    @Test
    void leavesASingleFrameWhereItIs() {
        TestingConsole console = TestingConsole.terminal();

        try (LiveScreen screen = LiveScreen.open(console.console(), false)) {
            show(screen, "one");
        }

        assertThat(console.out()).isEqualTo("one\n");
    }

    @Test
    void leavesOutTheColumnsThatDoNotFit() {
        Frame frame = new Frame(11, title -> title);
        frame.table(List.of("name", "n", "more"), List.of(List.of("abcdef", "1", "x")));

        assertThat(frame.lines()).containsExactly("name     n", "abcdef   1");
    }

    private static void show(LiveScreen screen, String... lines) {
        Frame frame = screen.frame();
        List.of(lines).forEach(frame::line);
        screen.show(frame);
    }
}
