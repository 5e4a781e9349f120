package io.sidestream.operators;

import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.combine.TokenDeltas;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sums of tallies as plain numbers under names such as {@code v1 standing 2:17}, the items on token
 * 17 of layer 2. What is zero is left out, so that sums can be compared whatever they are made of.
 */
public final class TestingTallies {

    private final Map<String, Long> sums = new TreeMap<>();

    /** The sums of tallies. */
    public static Map<String, Long> sum(Collection<Tally> tallies) {
        TestingTallies sums = new TestingTallies();
        tallies.forEach(sums::add);
        return sums.sums();
    }

    /** What has been added up. */
    public Map<String, Long> sums() {
        return sums;
    }

    /** Counts an item once more, or as often less as {@code times} is below zero. */
    public void count(String version, String what, int times, int[] codes, int[] residuals) {
        add(version + " " + what + " items", times);
        for (int layer = 1; layer <= codes.length; layer++) {
            add("%s %s %d:%d".formatted(version, what, layer, codes[layer - 1]), times);
            add(
                    "%s %s residuals %d".formatted(version, what, layer),
                    times * Integer.toUnsignedLong(residuals[layer - 1]));
        }
    }

    /** Adds to one sum. */
    public void add(String name, long delta) {
        sums.merge(name, delta, Long::sum);
        sums.remove(name, 0L);
    }

    private void add(Tally tally) {
        String version = tally.codebookVersion() + " ";
        add(version + "standing", tally.standing());
        add(version + "arrivals", tally.arrivals());
        add(version + "paths distinct", tally.paths().distinct());
        add(version + "paths singletons", tally.paths().singletons());
        add(version + "paths members", tally.paths().members());
        for (Tally.Sweep sweep : tally.sweeps()) {
            add(version + "sweep " + sweep.epoch() + " buckets", sweep.buckets());
            add(version + "sweep " + sweep.epoch() + " moved", sweep.moved());
        }
        for (Tally.Erasure erasure : tally.erasures()) {
            String stage = version + "erased " + erasure.stage() + " ";
            add(stage + "run " + erasure.run() + " buckets", erasure.buckets());
            add(stage + "entries", erasure.entries());
        }
    }

    private void add(String what, TokenDeltas deltas) {
        add(what + " items", deltas.items());
        for (int layer = 1; layer <= deltas.layers().size(); layer++) {
            TokenDeltas.Layer change = deltas.layers().get(layer - 1);
            for (int i = 0; i < change.tokens().length; i++) {
                add(what + " " + layer + ":" + change.tokens()[i], change.deltas()[i]);
            }
            add(what + " residuals " + layer, change.residuals());
        }
    }
}
