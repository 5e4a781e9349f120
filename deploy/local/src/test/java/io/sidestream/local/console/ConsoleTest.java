package io.sidestream.local.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleTest {

    private final TestingConsole plain = TestingConsole.plain();

    @Test
    void keepsResultsApartFromNotes() {
        plain.console().println("result");
        plain.console().note("note");
        plain.console().warn("look");
        plain.console().error("broken");

        assertThat(plain.out()).isEqualToNormalizingNewlines("result\n");
        assertThat(plain.err())
                .isEqualToNormalizingNewlines("note\nwarning: look\nerror: broken\n");
    }

    @Test
    void coloursOnTerminalsOnly() {
        assertThat(plain.console().red("text")).isEqualTo("text");
        assertThat(TestingConsole.terminal().console().red("text"))
                .isEqualTo("\u001b[31mtext\u001b[0m");
    }

    @Test
    void alignsNumbersToTheRightAndTextToTheLeft() {
        plain.console()
                .table(
                        List.of("name", "size"),
                        List.of(List.of("a", "1,234"), List.of("bücher", "5")));

        assertThat(plain.out())
                .isEqualToNormalizingNewlines(
                        """
                        name      size
                        a        1,234
                        bücher       5
                        """);
    }

    @Test
    void showsNothingThatCouldSteerTheTerminal() {
        assertThat(Console.printable("\u001b[2Jid\r\n\u202Etxt\u2028"))
                .isEqualTo("\\u001b[2Jid\\u000d\\u000a\\u202etxt\\u2028");
        assertThat(Console.printable("größe 大 \uD83D\uDE00")).isEqualTo("größe 大 \uD83D\uDE00");
    }

    @Test
    void clearsTheProgressBarBeforeALine() {
        TestingConsole terminal = TestingConsole.terminal();

        terminal.console().drawBar("50%");
        terminal.console().note("note");
        terminal.console().drawBar("60%");
        terminal.console().eraseBar();
        terminal.console().eraseBar();

        assertThat(terminal.err())
                .isEqualToNormalizingNewlines("\r50%\r\u001b[Knote\n\r60%\r\u001b[K");
    }
}
