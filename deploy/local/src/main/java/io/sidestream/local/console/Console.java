package io.sidestream.local.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Map;

/**
 * Where the commands write: results to {@link #out()}, so that they can be piped, everything else
 * to {@link #err()}. Colours and moving progress bars are for terminals only.
 *
 * <p>Safe to use from several threads; a line and a progress bar never mix.
 */
public final class Console {

    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private final boolean colours;
    private boolean barShown;

    /**
     * @param terminal whether a person is watching both streams as they are written
     * @param colours whether that person wants colours
     */
    public Console(PrintStream out, PrintStream err, boolean terminal, boolean colours) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.colours = terminal && colours;
    }

    /** The process's own standard streams, in UTF-8 whatever the locale says. */
    public static Console ofProcess() {
        Map<String, String> env = System.getenv();
        boolean dumb = "dumb".equals(env.get("TERM"));
        return new Console(
                new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8),
                new PrintStream(new FileOutputStream(standardError()), true, UTF_8),
                isInteractive() && !dumb,
                env.getOrDefault("NO_COLOR", "").isEmpty());
    }

    /**
     * The launcher filters what the JVM itself writes to standard error, and says in the
     * environment under what number the real one can be had. To open it anew by name would not do:
     * a file would then be written at two positions.
     */
    private static FileDescriptor standardError() {
        String number = System.getenv("SIDESTREAM_STDERR");
        if (number != null) {
            try {
                Constructor<FileDescriptor> descriptor =
                        FileDescriptor.class.getDeclaredConstructor(int.class);
                descriptor.setAccessible(true);
                return descriptor.newInstance(Integer.parseInt(number));
            } catch (ReflectiveOperationException | RuntimeException e) {
                // Not this JVM, then. The filter hands everything else on.
            }
        }
        return FileDescriptor.err;
    }

    /**
     * Up to JDK 21 {@link System#console()} is null unless both ends are terminals; later ones may
     * return a console for pipes as well and tell the difference by a method of their own.
     */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isInteractive() {
        java.io.Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    public PrintStream out() {
        return out;
    }

    public PrintStream err() {
        return err;
    }

    public boolean isTerminal() {
        return terminal;
    }

    public boolean hasColours() {
        return colours;
    }

    /** A line of the result. */
    public synchronized void println(String line) {
        clearBar();
        out.println(line);
    }

    /** A line that tells what is going on and is no part of the result. */
    public synchronized void note(String line) {
        clearBar();
        err.println(line);
    }

    /** Something that a person should look at, although the command goes on. */
    public void warn(String message) {
        note(yellow("warning: ") + message);
    }

    /** What made the command fail. */
    public void error(String message) {
        note(red("error: ") + message);
    }

    /** A title that sets off the part of the output that follows. */
    public void heading(String title) {
        note("");
        note(bold(title));
    }

    /** Cells in aligned columns under their titles; columns of numbers stand to the right. */
    public void table(List<String> titles, List<List<String>> rows) {
        new TextTable(titles, rows).lines(this::bold).forEach(this::println);
    }

    public String bold(String text) {
        return styled("1", text);
    }

    public String dim(String text) {
        return styled("2", text);
    }

    public String red(String text) {
        return styled("31", text);
    }

    public String green(String text) {
        return styled("32", text);
    }

    public String yellow(String text) {
        return styled("33", text);
    }

    private String styled(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /**
     * Text from outside as one line that cannot steer the terminal: control characters and line
     * ends are shown as escapes.
     */
    public static String printable(String text) {
        if (text.codePoints().noneMatch(Console::steers)) {
            return text;
        }
        StringBuilder shown = new StringBuilder(text.length() + 16);
        text.codePoints()
                .forEach(
                        c -> {
                            if (steers(c)) {
                                shown.append("\\u%04x".formatted(c));
                            } else {
                                shown.appendCodePoint(c);
                            }
                        });
        return shown.toString();
    }

    private static boolean steers(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    true;
            default -> false;
        };
    }

    /** Draws a progress bar over the last one. */
    synchronized void drawBar(String bar) {
        err.print("\r" + bar);
        err.flush();
        barShown = true;
    }

    /** Takes the progress bar away. */
    synchronized void eraseBar() {
        clearBar();
    }

    private void clearBar() {
        if (barShown) {
            err.print(CLEAR_LINE);
            err.flush();
            barShown = false;
        }
    }
}
