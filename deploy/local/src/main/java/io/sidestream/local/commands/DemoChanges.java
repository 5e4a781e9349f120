package io.sidestream.local.commands;

import io.sidestream.local.UserError;
import io.sidestream.local.commands.DemoCatalog.Item;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.Ingest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A catalog that never rests: from a thread of its own, some items change all the time, some go,
 * and some come or come back. It knows what the catalog ought to be.
 */
final class DemoChanges implements AutoCloseable {

    private static final long SEED = 20_260_801;
    private static final long PAUSE_NANOS = 100_000_000;
    private static final int UPDATES = 8;
    private static final int INSERTIONS = 2;
    private static final int DELETIONS = 2;
    private static final float NOISE = 0.2f;
    private static final long PATIENCE_MILLIS = 30_000;

    private final DemoCatalog catalog;
    private final Connection connection;
    private final SplittableRandom random = new SplittableRandom(SEED);

    /** Rows of the catalog: those that are live, and those that are not. */
    private final List<Integer> live = new ArrayList<>();

    private final List<Integer> others = new ArrayList<>();
    private final Map<String, float[]> items = new HashMap<>();
    private final AtomicLong sent = new AtomicLong();
    private final Progress unseen;
    private final Thread thread = new Thread(this::run, "demo-changes");
    private volatile boolean stopped;
    private volatile Exception failure;

    /**
     * @param rows of the catalog that are there from the beginning
     */
    DemoChanges(DemoCatalog catalog, Connection connection, int rows) {
        this.catalog = catalog;
        this.connection = connection;
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        this.unseen =
                Progress.start(new Console(nowhere, nowhere, false, false), "change", -1, "items");
        for (int row = 0; row < catalog.items().rows(); row++) {
            (row < rows ? live : others).add(row);
        }
    }

    /** Writes what is there from the beginning. */
    void fill(Progress progress) throws IOException, InterruptedException {
        List<Item> first = new ArrayList<>();
        for (int row : live) {
            first.add(item(row, catalog.embedding(row)));
        }
        try (Ingest ingest = Ingest.open(connection, 0)) {
            ingest.embeddings(DemoCatalog.reader(first), progress);
        }
    }

    /** Begins to change it. */
    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try (Ingest ingest = Ingest.open(connection, 0)) {
            while (!stopped) {
                change(ingest);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure = e;
        }
    }

    private void change(Ingest ingest) throws IOException, InterruptedException {
        List<Item> written = new ArrayList<>();
        for (int i = 0; i < UPDATES; i++) {
            int row = live.get(random.nextInt(live.size()));
            written.add(item(row, varied(catalog.embedding(row))));
        }
        for (int i = 0; i < INSERTIONS; i++) {
            int row = taken(others);
            live.add(row);
            written.add(item(row, catalog.embedding(row)));
        }
        List<String> deleted = new ArrayList<>();
        for (int i = 0; i < DELETIONS; i++) {
            int row = taken(live);
            others.add(row);
            deleted.add(catalog.items().ids().get(row));
        }
        items.keySet().removeAll(deleted);
        ingest.embeddings(DemoCatalog.reader(written), unseen);
        ingest.deletions(deleted, unseen);
        sent.addAndGet(written.size() + deleted.size());
    }

    /** Notes an item as it is to be, and gives it. */
    private Item item(int row, float[] embedding) {
        Item item = new Item(catalog.items().ids().get(row), embedding);
        items.put(item.id(), embedding);
        return item;
    }

    private float[] varied(float[] embedding) {
        for (int t = 0; t < embedding.length; t++) {
            embedding[t] += (float) (NOISE * random.nextGaussian());
        }
        return embedding;
    }

    /** Takes some row out of a list, at whose end it does not matter. */
    private int taken(List<Integer> rows) {
        int last = rows.size() - 1;
        int chosen = random.nextInt(rows.size());
        int row = rows.get(chosen);
        rows.set(chosen, rows.get(last));
        rows.remove(last);
        return row;
    }

    /** Changes so far: embeddings and deletions. */
    long sent() {
        return sent.get();
    }

    /**
     * Ends it, and tells what the catalog has come to.
     *
     * @return embeddings by item id
     * @throws UserError if changes could not be written
     */
    Map<String, float[]> stop() throws InterruptedException {
        stopped = true;
        LockSupport.unpark(thread);
        thread.join(PATIENCE_MILLIS);
        if (thread.isAlive() || failure != null) {
            throw new UserError(
                    "the catalog could not be changed: "
                            + (failure == null ? "Kafka does not answer" : failure.getMessage()),
                    failure);
        }
        return items;
    }

    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(thread);
    }
}
