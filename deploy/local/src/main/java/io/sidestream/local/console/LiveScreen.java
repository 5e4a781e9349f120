package io.sidestream.local.console;

import java.util.List;

/**
 * A view that is drawn again and again. On a terminal it has the whole screen, and what stood there
 * comes back when it is closed, the last frame below it. Elsewhere the frames follow each other as
 * plain text.
 */
public final class LiveScreen implements AutoCloseable {

    /** The other screen, without a cursor; lines that are too long are cut off, not wrapped. */
    private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";

    private static final String LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
    private static final String CLEAR_TO_END_OF_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    /** Columns where nobody can change them: enough for every table. */
    private static final int PLAIN_WIDTH = 132;

    private final Console console;
    private final boolean redraws;
    private List<String> shown = List.of();

    private LiveScreen(Console console, boolean redraws) {
        this.console = console;
        this.redraws = redraws;
    }

    /**
     * Takes over the screen if there is one.
     *
     * @param redraws whether several frames are to come; otherwise the one stays where it is drawn
     */
    public static LiveScreen open(Console console, boolean redraws) {
        LiveScreen screen = new LiveScreen(console, redraws && console.isTerminal());
        screen.print(ENTER);
        return screen;
    }

    /** An empty frame, as wide as the screen is now. */
    public Frame frame() {
        return new Frame(
                console.isTerminal() ? TerminalWidth.columns() : PLAIN_WIDTH, console::bold);
    }

    /** Draws a frame in place of the last one. */
    public void show(Frame frame) {
        if (redraws) {
            print(drawing(frame.lines()));
        } else {
            if (!shown.isEmpty()) {
                console.println("");
            }
            frame.lines().forEach(console::println);
        }
        shown = frame.lines();
    }

    /**
     * Goes to every line by its number: those that the terminal is too low for are then drawn over
     * each other on its last one, and the top stays where it is.
     */
    private static String drawing(List<String> lines) {
        StringBuilder drawing = new StringBuilder();
        for (int row = 1; row <= lines.size(); row++) {
            drawing.append("\u001b[%d;1H".formatted(row))
                    .append(lines.get(row - 1))
                    .append(CLEAR_TO_END_OF_LINE);
        }
        return drawing.append(CLEAR_BELOW).toString();
    }

    private void print(String sequence) {
        if (redraws) {
            console.out().print(sequence);
            console.out().flush();
        }
    }

    /** Whether nobody reads what is shown any more: its pipe is closed. */
    public boolean isAbandoned() {
        return console.out().checkError();
    }

    @Override
    public void close() {
        print(LEAVE);
        if (redraws) {
            shown.forEach(console::println);
        }
    }
}
