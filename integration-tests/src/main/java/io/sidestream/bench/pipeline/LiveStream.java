package io.sidestream.bench.pipeline;

import io.sidestream.local.kafka.Connection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;

/** New embeddings of items that are there, at some pace, from a thread of its own. */
final class LiveStream implements AutoCloseable {

    private static final long BURST_MILLIS = 20;

    private final Connection kafka;
    private final Workload workload;
    private final long perSecond;
    private final Thread thread = new Thread(this::run, "live-stream");
    private volatile boolean over;

    private LiveStream(Connection kafka, Workload workload, long perSecond) {
        this.kafka = kafka;
        this.workload = workload;
        this.perSecond = perSecond;
    }

    static LiveStream start(Connection kafka, Workload workload, long perSecond) {
        LiveStream stream = new LiveStream(kafka, workload, perSecond);
        stream.thread.setDaemon(true);
        stream.thread.start();
        return stream;
    }

    private void run() {
        Workload.Changes changes = workload.changes();
        try (Producer<byte[], byte[]> producer = kafka.producer(Map.of("linger.ms", "20"))) {
            long begin = System.nanoTime();
            long sent = 0;
            while (!over) {
                long due = (System.nanoTime() - begin) * perSecond / 1_000_000_000L;
                for (; sent < due; sent++) {
                    changes.writeNext(producer, kafka.topics().itemEmbeddings());
                }
                TimeUnit.MILLISECONDS.sleep(BURST_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        thread.join();
    }
}
