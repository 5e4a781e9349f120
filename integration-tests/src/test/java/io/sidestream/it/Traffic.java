package io.sidestream.it;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A catalog that changes the whole time, as long as this is open: few items often, many items now
 * and then, and bad records between them.
 */
final class Traffic implements Alive, AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int OFTEN = 2;
    private static final int NOW_AND_THEN = 5;
    private static final int BAD = 50;

    private final ItemStream items;
    private final int hot;
    private final int all;
    private final Thread thread;
    private volatile boolean over;
    private volatile Throwable failure;

    private Traffic(ItemStream items, int hot, int all) {
        this.items = items;
        this.hot = hot;
        this.all = all;
        this.thread = new Thread(this::run, "traffic");
    }

    /**
     * @param hot how many items change often
     * @param all how many there are
     */
    static Traffic start(ItemStream items, int hot, int all) {
        Traffic traffic = new Traffic(items, hot, all);
        traffic.thread.setDaemon(true);
        traffic.thread.start();
        return traffic;
    }

    private void run() {
        try {
            for (int round = 0; !over; round++) {
                items.scramble(OFTEN, hot);
                if (round % NOW_AND_THEN == 0) {
                    items.scramble(1, all);
                }
                if (round % BAD == 0) {
                    items.sendBad();
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    @Override
    public void requireAlive() {
        if (failure != null) {
            throw new AssertionError("There is no traffic any more", failure);
        }
    }

    /** Ends it: nothing is sent any more. */
    @Override
    public void close() throws InterruptedException {
        over = true;
        thread.join();
        requireAlive();
    }
}
