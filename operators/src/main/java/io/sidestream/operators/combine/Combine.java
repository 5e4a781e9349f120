package io.sidestream.operators.combine;

import io.sidestream.operators.combine.Tally.Erasure;
import io.sidestream.operators.combine.Tally.Paths;
import io.sidestream.operators.combine.Tally.Sweep;
import io.sidestream.quantize.RelativeResidual;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Adds up what a subtask changes, for each codebook version, and hands over the sums some time
 * after the first change and before every checkpoint barrier. What it holds is therefore never
 * state, and whoever adds up the sums counts exactly, whatever fails.
 */
public final class Combine {

    private final CombineOptions options;
    private final ProcessingTimeService time;
    private final Consumer<Tally> output;
    private final Map<String, Sums> versions = new TreeMap<>();
    private ScheduledFuture<?> lingering;

    /**
     * @param options whether anything is counted, and how long a change waits
     * @param time of the operator that counts
     * @param output takes the sums; called by {@link #flush} and by the operator's timers
     */
    public Combine(CombineOptions options, ProcessingTimeService time, Consumer<Tally> output) {
        this.options = options;
        this.time = time;
        this.output = output;
    }

    /** An item has these codes from now on. */
    public void add(String version, int[] codes, int[] residuals) {
        if (options.enabled()) {
            of(version).standing.add(codes, residuals);
        }
    }

    /** An item has these codes no longer. */
    public void remove(String version, int[] codes, int[] residuals) {
        if (options.enabled()) {
            of(version).standing.remove(codes, residuals);
        }
    }

    /** An embedding with these codes has been taken in. */
    public void arrive(String version, int[] codes, int[] residuals) {
        if (options.enabled()) {
            of(version).arrivals.add(codes, residuals);
        }
    }

    /** A path has so many items now, and had so many before. */
    public void resize(String version, int before, int after) {
        if (options.enabled()) {
            of(version).resize(before, after);
        }
    }

    /** A remap plan has reached a bucket and moved so many items there. */
    public void sweep(String version, long epoch, long moved) {
        if (options.enabled()) {
            of(version).sweeps.merge(epoch, new Sweep(epoch, 1, moved), Sweep::plus);
        }
    }

    /** A retired version has been erased from buckets of a stage. */
    public void erase(String version, Erasure erasure) {
        if (options.enabled()) {
            of(version).erasures.merge(erasure.stage(), erasure, Erasure::plus);
        }
    }

    /** Hands over what has been added up. */
    public void flush() {
        if (versions.isEmpty()) {
            return;
        }
        lingering.cancel(false);
        versions.forEach((version, sums) -> output.accept(sums.tally(version)));
        versions.clear();
    }

    private Sums of(String version) {
        Sums sums = versions.get(version);
        if (sums == null) {
            if (versions.isEmpty()) {
                lingering =
                        time.registerTimer(
                                time.getCurrentProcessingTime() + options.interval().toMillis(),
                                now -> flush());
            }
            sums = new Sums();
            versions.put(version, sums);
        }
        return sums;
    }

    /** The changes of one version. */
    private static final class Sums {

        private final TokenSums standing = new TokenSums();
        private final TokenSums arrivals = new TokenSums();
        private final Map<Long, Sweep> sweeps = new TreeMap<>();
        private final Map<Tally.Stage, Erasure> erasures = new EnumMap<>(Tally.Stage.class);
        private long distinct;
        private long singletons;
        private long members;

        void resize(int before, int after) {
            distinct += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
            singletons += (after == 1 ? 1 : 0) - (before == 1 ? 1 : 0);
            members += after - before;
        }

        Tally tally(String version) {
            return new Tally(
                    version,
                    standing.deltas(),
                    arrivals.deltas(),
                    new Paths(distinct, singletons, members),
                    List.copyOf(sweeps.values()),
                    List.copyOf(erasures.values()));
        }
    }

    /** Changes of the counts of every token of every layer. */
    private static final class TokenSums {

        private static final int FIRST_LENGTH = 64;

        private long items;
        private long[][] counts = {};
        private long[] residuals = {};

        void add(int[] codes, int[] itsResiduals) {
            ensureLayers(codes.length);
            items++;
            for (int layer = 0; layer < codes.length; layer++) {
                ensureToken(layer, codes[layer]);
                counts[layer][codes[layer]]++;
                residuals[layer] = RelativeResidual.add(residuals[layer], itsResiduals[layer]);
            }
        }

        void remove(int[] codes, int[] itsResiduals) {
            ensureLayers(codes.length);
            items--;
            for (int layer = 0; layer < codes.length; layer++) {
                ensureToken(layer, codes[layer]);
                counts[layer][codes[layer]]--;
                residuals[layer] = RelativeResidual.subtract(residuals[layer], itsResiduals[layer]);
            }
        }

        private void ensureLayers(int layers) {
            if (counts.length < layers) {
                int before = counts.length;
                counts = Arrays.copyOf(counts, layers);
                Arrays.fill(counts, before, layers, new long[0]);
                residuals = Arrays.copyOf(residuals, layers);
            }
        }

        private void ensureToken(int layer, int token) {
            if (counts[layer].length <= token) {
                int doubled = Math.max(FIRST_LENGTH, 2 * counts[layer].length);
                counts[layer] = Arrays.copyOf(counts[layer], Math.max(doubled, token + 1));
            }
        }

        TokenDeltas deltas() {
            List<TokenDeltas.Layer> layers = new ArrayList<>(counts.length);
            for (int layer = 0; layer < counts.length; layer++) {
                layers.add(deltas(counts[layer], residuals[layer]));
            }
            return new TokenDeltas(items, layers);
        }

        private static TokenDeltas.Layer deltas(long[] counts, long residuals) {
            int changed = 0;
            for (long count : counts) {
                changed += count != 0 ? 1 : 0;
            }
            int[] tokens = new int[changed];
            long[] deltas = new long[changed];
            int next = 0;
            for (int token = 0; token < counts.length; token++) {
                if (counts[token] != 0) {
                    tokens[next] = token;
                    deltas[next++] = counts[token];
                }
            }
            return new TokenDeltas.Layer(tokens, deltas, residuals);
        }
    }
}
