package io.sidestream.schema;

/**
 * Makes text that comes from a file or a record fit for a message: it may be of any length and hold
 * terminal escape sequences, line breaks that imitate log lines, or characters that reverse the
 * direction of writing.
 */
public final class Quote {

    /** Characters of a text that a message shows at most; an escaped one counts as several. */
    public static final int LONGEST = 200;

    /** Characters that a whole message keeps at most. */
    public static final int LONGEST_MESSAGE = 4096;

    private Quote() {}

    /**
     * The text between double quotes, for example {@code "v1"}, with control characters, quotes and
     * backslashes as in a Java string; at most {@value #LONGEST} characters of it.
     *
     * @param text null is written as {@code null}, without quotes
     */
    public static String quote(Object text) {
        return text == null ? "null" : cut(text.toString(), LONGEST, "\"", true);
    }

    /**
     * The text of another library's message, which may hold what it failed to read: cut and escaped
     * as by {@link #quote}, but without quotes.
     *
     * @param text null is written as {@code null}
     */
    public static String excerpt(Object text) {
        return text == null ? "null" : cut(text.toString(), LONGEST, "", false);
    }

    /**
     * A whole message that may hold outside text: escaped as by {@link #excerpt}, and cut at
     * {@value #LONGEST_MESSAGE} characters.
     *
     * @param text null is written as {@code null}
     */
    public static String message(Object text) {
        return text == null ? "null" : cut(text.toString(), LONGEST_MESSAGE, "", false);
    }

    private static String cut(String text, int longest, String mark, boolean escapeMarks) {
        StringBuilder out = new StringBuilder().append(mark);
        int at = 0;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            int fits = out.length();
            append(out, c, escapeMarks);
            if (out.length() > mark.length() + longest) {
                out.setLength(fits);
                break;
            }
            at += Character.charCount(c);
        }
        out.append(mark);
        return at == text.length()
                ? out.toString()
                : out.append("... (%d characters)".formatted(text.length())).toString();
    }

    private static void append(StringBuilder out, int c, boolean escapeMarks) {
        switch (c) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (escapeMarks && (c == '"' || c == '\\')) {
                    out.append('\\').append((char) c);
                } else if (isPrintable(c)) {
                    out.appendCodePoint(c);
                } else {
                    for (char unit : Character.toChars(c)) {
                        out.append("\\u%04x".formatted((int) unit));
                    }
                }
            }
        }
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE ->
                    false;
            default -> true;
        };
    }
}
