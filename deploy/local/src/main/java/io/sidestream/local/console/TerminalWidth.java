package io.sidestream.local.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The width of the terminal, asked of {@code stty}. The progress bar's library would ask JLine,
 * which sets the process's signals back to what they do by default: Ctrl-C would then end the
 * process on the spot, with all that it has started.
 */
final class TerminalWidth {

    private static final int USUAL = 80;
    private static final int PATIENCE_SECONDS = 1;
    private static final Pattern ROWS_AND_COLUMNS = Pattern.compile("\\d+ ([1-9]\\d{0,3})\\s*");

    private TerminalWidth() {}

    /** Columns of the terminal that standard input comes from, or 80 if that is none. */
    static int columns() {
        try {
            Process stty =
                    new ProcessBuilder("stty", "size")
                            .redirectInput(ProcessBuilder.Redirect.INHERIT)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!stty.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return USUAL;
            }
            String size = new String(stty.getInputStream().readAllBytes(), UTF_8);
            Matcher matcher = ROWS_AND_COLUMNS.matcher(size);
            return matcher.matches() ? Integer.parseInt(matcher.group(1)) : USUAL;
        } catch (IOException e) {
            return USUAL; // no stty: not a system of that kind
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL;
        }
    }
}
