package io.sidestream.operators.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StoreReadTest {

    private static final int MOST_THREADS = 32;

    @Test
    void makesWhateverGoesWrongAnExceptionOfTheResult() {
        for (Throwable failure :
                List.of(
                        new IOException(),
                        new IllegalStateException("odd"),
                        new OutOfMemoryError(),
                        new NoClassDefFoundError("gone"))) {
            StoreRead<String> read =
                    StoreRead.start(
                            Runnable::run,
                            "file:///x",
                            progress -> {
                                throw TestingStore.<Exception>sneaky(failure);
                            });
            assertThatThrownBy(() -> read.result().join())
                    .hasCauseInstanceOf(IOException.class)
                    .hasMessageContaining("file:///x");
        }
    }

    @Test
    void tellsWhatItWaitsFor() {
        List<Runnable> threads = new ArrayList<>();
        List<String> waits = new ArrayList<>();
        StoreRead<?>[] self = new StoreRead<?>[1];
        self[0] =
                StoreRead.start(
                        threads::add,
                        "file:///x",
                        progress -> {
                            waits.add(self[0].waitsFor());
                            long before = self[0].progress();
                            progress.waitsFor("Kafka");
                            waits.add(self[0].waitsFor());
                            assertThat(self[0].progress()).isNotEqualTo(before);
                            return "done";
                        });
        assertThat(self[0].waitsFor()).contains("threads");

        threads.get(0).run();

        assertThat(self[0].result()).isCompleted();
        assertThat(waits).containsExactly("the store", "Kafka");
    }

    @Test
    void doesNotBeginWhenItIsCancelledBefore() {
        List<Runnable> threads = new ArrayList<>();
        AtomicInteger reads = new AtomicInteger();
        StoreRead<Integer> read =
                StoreRead.start(threads::add, "file:///x", progress -> reads.incrementAndGet());
        read.cancel();

        threads.get(0).run();

        assertThat(read.result()).isCompletedExceptionally();
        assertThat(reads).hasValue(0);
    }

    @Test
    void runsAtMostSoManyAtOnceWithTheClassLoaderOfWhoeverAsks() throws Exception {
        CountDownLatch full = new CountDownLatch(MOST_THREADS);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger most = new AtomicInteger();
        AtomicInteger now = new AtomicInteger();
        Thread asking = Thread.currentThread();
        ClassLoader before = asking.getContextClassLoader();
        try (URLClassLoader job = new URLClassLoader(new URL[0], before)) {
            asking.setContextClassLoader(job);
            List<StoreRead<ClassLoader>> reads = new ArrayList<>();
            for (int i = 0; i < 3 * MOST_THREADS; i++) {
                reads.add(
                        StoreRead.start(
                                StoreRead.Threads.daemons(),
                                "file:///x",
                                progress -> {
                                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                                    full.countDown();
                                    answer.await();
                                    now.decrementAndGet();
                                    return Thread.currentThread().getContextClassLoader();
                                }));
            }
            full.await();
            answer.countDown();
            for (StoreRead<ClassLoader> read : reads) {
                assertThat(read.result().get()).isSameAs(job);
            }
            assertThat(most).hasValue(MOST_THREADS);
        } finally {
            asking.setContextClassLoader(before);
        }
    }
}
