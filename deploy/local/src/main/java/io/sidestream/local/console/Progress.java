package io.sidestream.local.console;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far some long work has come: a moving bar on a terminal, elsewhere a plain line every few
 * seconds; in both cases a last line with the total and the rate when it is closed. Steps may come
 * from several threads.
 */
public final class Progress implements AutoCloseable {

    private static final long NANOS_BETWEEN_LINES = Duration.ofSeconds(5).toNanos();

    /** Rates below this are given with decimals. */
    private static final double SLOW = 10;

    private static final int BAR_REFRESH_MILLIS = 100;

    private final Console console;
    private final String task;
    private final String unit;
    private final LongSupplier nanoTime;
    private final long startedAt;
    private final ProgressBar bar; // null when not on a terminal
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong nextLineAt;
    private volatile long total;
    private volatile String extra = "";
    private boolean closed;

    private Progress(Console console, String task, long total, String unit, LongSupplier nanoTime) {
        this.console = console;
        this.task = task;
        this.total = total;
        this.unit = unit;
        this.nanoTime = nanoTime;
        this.startedAt = nanoTime.getAsLong();
        this.nextLineAt = new AtomicLong(startedAt + NANOS_BETWEEN_LINES);
        this.bar = console.isTerminal() ? bar(console, task, total, unit) : null;
    }

    /**
     * Begins to show progress.
     *
     * @param task what is being done, in a word or two
     * @param total units in all, or -1 when that is not known yet
     * @param unit what is counted, plural
     */
    public static Progress start(Console console, String task, long total, String unit) {
        return start(console, task, total, unit, System::nanoTime);
    }

    static Progress start(
            Console console, String task, long total, String unit, LongSupplier nanoTime) {
        return new Progress(console, task, total, unit, nanoTime);
    }

    private static ProgressBar bar(Console console, String task, long total, String unit) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(" " + unit, 1)
                .setUpdateIntervalMillis(BAR_REFRESH_MILLIS)
                .setStyle(
                        console.hasColours()
                                ? ProgressBarStyle.COLORFUL_UNICODE_BAR
                                : ProgressBarStyle.UNICODE_BLOCK)
                .setConsumer(
                        new ConsoleProgressBarConsumer(console.err(), TerminalWidth.columns()) {
                            @Override
                            public void accept(String rendered) {
                                console.drawBar(rendered);
                            }

                            @Override
                            public void close() {
                                console.eraseBar(); // a line with the total takes its place
                            }
                        })
                .build();
    }

    /** So many units more are done. */
    public void step(long units) {
        done.addAndGet(units);
        shown();
    }

    /** So many units are done in all. */
    public void stepTo(long units) {
        done.set(units);
        shown();
    }

    /** The number of units in all has become known, or has changed. */
    public void total(long units) {
        total = units;
        if (bar != null) {
            bar.maxHint(units);
        }
    }

    /** A few words beside the bar: which part, which measure. */
    public void extra(String text) {
        extra = text;
        if (bar != null) {
            bar.setExtraMessage(" " + text);
        }
    }

    public long done() {
        return done.get();
    }

    private void shown() {
        if (bar != null) {
            bar.stepTo(done.get());
            return;
        }
        long now = nanoTime.getAsLong();
        long due = nextLineAt.get();
        if (now - due >= 0 && nextLineAt.compareAndSet(due, now + NANOS_BETWEEN_LINES)) {
            console.note(line(now));
        }
    }

    private String line(long now) {
        long units = done.get();
        StringBuilder line = new StringBuilder(task).append(": ").append(grouped(units));
        if (total > 0) {
            line.append(" of ").append(grouped(total));
        }
        line.append(' ').append(unit);
        if (total > 0) {
            line.append(" (").append(100 * units / total).append("%)");
        }
        line.append(", ").append(rate(units, now));
        return extra.isEmpty() ? line.toString() : line.append("  ").append(extra).toString();
    }

    private String rate(long units, long now) {
        double perSecond = units / (Math.max(now - startedAt, 1) / 1e9);
        String format = perSecond < SLOW ? "%.2f %s/s" : "%,.0f %s/s";
        return String.format(Locale.ROOT, format, perSecond, unit);
    }

    /** Ends the bar and, unless nothing was, says what was done in which time. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (bar != null) {
            bar.close();
        }
        long now = nanoTime.getAsLong();
        long units = done.get();
        if (units > 0 || total == 0) {
            console.note(
                    String.format(
                            Locale.ROOT,
                            "%s: %,d %s in %.1f s (%s)",
                            task,
                            units,
                            unit,
                            (now - startedAt) / 1e9,
                            rate(units, now)));
        }
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
