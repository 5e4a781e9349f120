package io.sidestream.operators.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class HeapReservationTest {

    @Test
    void refusesWhatDoesNotFitThoughNobodyElseLoads() {
        assertThatThrownBy(() -> HeapReservation.of(takingPartOfTheHeap(1.2), () -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("'large' takes", "taskmanager.memory.task.heap.size");
    }

    @Test
    void waitsForALoadThatAdvances() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        CompletableFuture<HeapReservation> second = new CompletableFuture<>();
        try (HeapReservation first = HeapReservation.of(takingPartOfTheHeap(0.55), () -> {})) {
            new Thread(
                            () -> {
                                try {
                                    second.complete(
                                            HeapReservation.of(
                                                    takingPartOfTheHeap(0.55), waits::countDown));
                                } catch (IOException | InterruptedException e) {
                                    second.completeExceptionally(e);
                                }
                            })
                    .start();
            waits.await();
            assertThat(second).isNotDone();
            first.advance();
        }
        second.get().close();
    }

    /** A manifest whose codebook takes a part of the heap while it is loaded. */
    private static CodebookManifest takingPartOfTheHeap(double part) {
        int dimension = 65_536;
        double bytes = part * Runtime.getRuntime().maxMemory() / 2.125;
        return new CodebookManifest(
                "large",
                "file:///large",
                "0".repeat(64),
                dimension,
                List.of((int) (bytes / dimension / Float.BYTES)),
                false,
                CodebookStatus.SHADOW,
                Instant.EPOCH);
    }
}
