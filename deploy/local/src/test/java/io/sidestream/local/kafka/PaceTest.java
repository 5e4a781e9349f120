package io.sidestream.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {

    @Test
    void holdsBackToTheRate() throws InterruptedException {
        Pace pace = new Pace(1_000);

        long started = System.nanoTime();
        for (int step = 0; step < 51; step++) {
            pace.await();
        }

        assertThat(System.nanoTime() - started).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(45));
    }

    @Test
    void doesNotHoldBackWithoutALimit() throws InterruptedException {
        Pace pace = new Pace(0);

        long started = System.nanoTime();
        for (int step = 0; step < 100_000; step++) {
            pace.await();
        }

        assertThat(System.nanoTime() - started).isLessThan(TimeUnit.MINUTES.toNanos(1));
    }
}
