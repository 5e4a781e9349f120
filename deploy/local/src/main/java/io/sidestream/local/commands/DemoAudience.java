package io.sidestream.local.commands;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Tail;
import io.sidestream.local.stack.LocalStack;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.SidUpdate;
import java.time.Duration;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.InterruptException;

/** Follows the job's output, as a downstream system would, until it has seen what it waits for. */
final class DemoAudience implements Tail.Listener {

    /** Waits for more however many have come, and however long that takes. */
    static final long FOREVER = Long.MAX_VALUE;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final LocalStack stack;
    private final Predicate<SidUpdate> updates;
    private final Predicate<DeadLetter> letters;
    private final long deadline = System.nanoTime() + PATIENCE.toNanos();
    private long awaited;

    /**
     * @param awaited how many records to wait for, or {@link #FOREVER}
     * @param updates takes an update, and says whether it is one of those
     * @param letters takes a dead letter, likewise
     */
    DemoAudience(
            LocalStack stack,
            long awaited,
            Predicate<SidUpdate> updates,
            Predicate<DeadLetter> letters) {
        this.stack = stack;
        this.awaited = awaited;
        this.updates = updates;
        this.letters = letters;
    }

    /** Shows what goes by until somebody stops it. */
    static void showAll(Console console, LocalStack stack) {
        console.heading("Running on; updates and dead letters appear here. Ctrl-C stops it.");
        TailPrinter printer = new TailPrinter(console, false, Long.MAX_VALUE);
        DemoAudience audience =
                new DemoAudience(
                        stack,
                        FOREVER,
                        update -> {
                            printer.update(update);
                            return false;
                        },
                        letter -> {
                            printer.deadLetter(letter);
                            return false;
                        });
        try {
            new Tail(stack.connection(), null).follow(false, audience);
        } catch (InterruptedException | InterruptException e) {
            Thread.interrupted(); // that is how it ends
        }
    }

    @Override
    public void update(SidUpdate update) {
        if (updates.test(update)) {
            awaited--;
        }
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        if (letters.test(letter)) {
            awaited--;
        }
    }

    @Override
    public void pause() {
        stack.requireHealthy();
        if (awaited > 0 && awaited < FOREVER && System.nanoTime() > deadline) {
            throw new UserError(
                    "%,d updates are still missing after %d minutes"
                            .formatted(awaited, PATIENCE.toMinutes()));
        }
    }

    @Override
    public boolean wantsMore() {
        return awaited > 0;
    }
}
