package io.sidestream.local.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

/** A console that keeps what is written to it. */
public final class TestingConsole {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console;

    private TestingConsole(boolean terminal, boolean colours) {
        console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        terminal,
                        colours);
    }

    /** As when the output goes to a file. */
    public static TestingConsole plain() {
        return new TestingConsole(false, true);
    }

    /** As when a person looks on. */
    public static TestingConsole terminal() {
        return new TestingConsole(true, true);
    }

    public Console console() {
        return console;
    }

    public String out() {
        return out.toString(UTF_8);
    }

    public String err() {
        return err.toString(UTF_8);
    }
}
