package io.sidestream.local.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final TestingConsole console = TestingConsole.plain();
    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);

    @Test
    void printsALineEveryFewSecondsWhenNobodyLooksOn() {
        try (Progress progress = start(60_000)) {
            step(progress, 1_000, 1);
            step(progress, 29_000, 4);
            step(progress, 1_000, 1);
            progress.extra("layer 2");
            step(progress, 9_000, 4);
            step(progress, 20_000, 2);
        }

        assertThat(console.err())
                .isEqualToNormalizingNewlines(
                        """
                        ingest: 30,000 of 60,000 items (50%), 6,000 items/s
                        ingest: 40,000 of 60,000 items (66%), 4,000 items/s  layer 2
                        ingest: 60,000 items in 12.0 s (5,000 items/s)
                        """);
        assertThat(console.out()).isEmpty();
    }

    @Test
    void doesWithoutATotal() {
        try (Progress progress = start(-1)) {
            step(progress, 10, 5);
            progress.total(40);
            step(progress, 10, 5);
        }

        assertThat(console.err())
                .isEqualToNormalizingNewlines(
                        """
                        ingest: 10 items, 2.00 items/s
                        ingest: 20 of 40 items (50%), 2.00 items/s
                        ingest: 20 items in 10.0 s (2.00 items/s)
                        """);
    }

    @Test
    void hasNothingToSayAboutWorkThatNeverBegan() {
        start(10).close();

        assertThat(console.err()).isEmpty();
    }

    @Test
    void saysTheTotalOnlyOnce() {
        Progress progress = start(1);
        step(progress, 1, 1);
        progress.close();
        progress.close();

        assertThat(console.err()).containsOnlyOnce("ingest: 1 items");
    }

    @Test
    void drawsABarOnATerminal() {
        TestingConsole terminal = TestingConsole.terminal();

        try (Progress progress = Progress.start(terminal.console(), "ingest", 10, "items")) {
            progress.step(10);
        }

        assertThat(terminal.err()).contains("\ringest").contains("100%").contains("10 items in");
    }

    private Progress start(long total) {
        return Progress.start(console.console(), "ingest", total, "items", nanoTime::get);
    }

    private void step(Progress progress, long units, int secondsLater) {
        nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(secondsLater));
        progress.step(units);
    }
}
