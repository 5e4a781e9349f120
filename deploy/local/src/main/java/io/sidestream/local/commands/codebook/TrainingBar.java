package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.TrainingOptions;
import io.sidestream.codebook.TrainingProgress;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import java.util.Locale;
import java.util.function.Consumer;

/** Shows how far a training is, and breaks it off when its thread is interrupted. */
public final class TrainingBar implements Consumer<TrainingProgress>, AutoCloseable {

    private final Progress progress;
    private final int maxIterations;

    private TrainingBar(Progress progress, int maxIterations) {
        this.progress = progress;
        this.maxIterations = maxIterations;
    }

    /** Thrown out of a training, which knows nothing of interrupts. */
    static final class Interrupted extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private Interrupted() {
            super("the training was interrupted");
        }
    }

    public static TrainingBar start(Console console, TrainingOptions options) {
        long passes = (long) options.layerSizes().size() * options.maxIterations();
        return new TrainingBar(
                Progress.start(console, "train", passes, "passes"), options.maxIterations());
    }

    @Override
    public void accept(TrainingProgress now) {
        if (Thread.interrupted()) {
            throw new Interrupted();
        }
        String layer = "layer %d of %d".formatted(now.layer(), now.layers());
        if (now.iteration() == 0) {
            // A layer that has converged early leaves fewer passes to do.
            long left = (long) (now.layers() - now.layer() + 1) * maxIterations;
            progress.total(progress.done() + left);
            progress.extra(layer);
            return;
        }
        progress.extra(
                String.format(
                        Locale.ROOT, "%s, mean squared error %.5g", layer, now.meanSquaredError()));
        progress.step(1);
    }

    @Override
    public void close() {
        progress.close();
    }
}
