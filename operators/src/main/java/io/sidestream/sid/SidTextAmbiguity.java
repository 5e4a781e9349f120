package io.sidestream.sid;

import io.sidestream.codebook.CodebookLimits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether two different SIDs of one codebook version can have the same text. A SID is a
 * path with at most one dropped layer, as a remap plan leaves it, and an ordinal.
 *
 * <p>The texts of all SIDs of a codebook of L layers are the language of a nondeterministic finite
 * automaton that has exactly one accepting run for each SID: a number is 0 or a run of digits that
 * does not begin with 0, of at most as many digits as a token or an ordinal can have. Two SIDs
 * share a text if and only if two different runs accept it. They are found by a breadth-first
 * search of pairs of states that are reached by the same characters, from where two runs part; the
 * first clash found is a shortest one. What stands before and behind every SID does not matter.
 */
final class SidTextAmbiguity {

    private static final int TOKEN_DIGITS =
            Integer.toString(CodebookLimits.MAX_CODEWORDS - 1).length();
    private static final int ORDINAL_DIGITS = Integer.toString(Integer.MAX_VALUE).length();

    /** Pairs of states; of usual templates there are some hundreds. */
    private static final int MAX_PAIRS = 1 << 20;

    private final SidText text;
    private final Disambiguation policy;
    private final int layers;
    private final Map<State, List<Edge>> edges = new HashMap<>();
    private final Map<Integer, List<SidText.Part>> parts = new HashMap<>();

    private SidTextAmbiguity(SidText text, Disambiguation policy, int layers) {
        this.text = text;
        this.policy = policy;
        this.layers = layers;
    }

    /**
     * Two SIDs and the text that both have.
     *
     * @param one such as {@code path (1, 23) with ordinal 0}
     */
    record Clash(String one, String other, String text) {

        @Override
        public String toString() {
            return "%s and %s are both written '%s'".formatted(one, other, text);
        }
    }

    /**
     * Looks for a clash in codebooks of any number of layers.
     *
     * @throws IllegalArgumentException if the templates are too complicated to decide
     */
    static Optional<Clash> find(SidText text, Disambiguation policy) {
        for (int layers = 1; layers <= CodebookLimits.MAX_LAYERS; layers++) {
            Optional<Clash> clash = find(text, policy, layers);
            if (clash.isPresent()) {
                return clash;
            }
        }
        return Optional.empty();
    }

    /** Looks for a clash in codebooks of so many layers. */
    static Optional<Clash> find(SidText text, Disambiguation policy, int layers) {
        return Optional.ofNullable(new SidTextAmbiguity(text, policy, layers).search());
    }

    /**
     * What is written next.
     *
     * @param layer 1-based; that behind the last one is the disambiguator's
     * @param pad whether the layer is dropped
     * @param at the next part of the template
     * @param digits of the number at that part that have been written; 0: none
     * @param dropped whether a layer has been dropped, this one included
     */
    private record State(int layer, boolean pad, int at, int digits, boolean dropped) {

        static final State END = new State(0, false, 0, 0, false);
    }

    /**
     * Writes one of some neighbouring characters.
     *
     * @param numberOf the layer whose number gets a digit; 0: it is a character of the template
     */
    private record Edge(char from, char to, int numberOf, State target) {}

    /**
     * Two runs that have written the same.
     *
     * @param parted whether they have not taken the same edges; they may be in one state again
     */
    private record Pair(State one, State other, boolean parted) {}

    /** How a pair of runs was reached, back to where they began. */
    private record Step(Step before, Pair pair, char written, int numberOfOne, int numberOfOther) {}

    private Clash search() {
        ArrayDeque<Step> open = new ArrayDeque<>();
        Set<Pair> seen = new HashSet<>();
        List<State> entries = new ArrayList<>();
        enter(1, false, entries);
        for (int i = 0; i < entries.size(); i++) {
            for (int j = i; j < entries.size(); j++) {
                Pair pair = new Pair(entries.get(i), entries.get(j), i != j);
                add(new Step(null, pair, ' ', 0, 0), open, seen);
            }
        }
        while (!open.isEmpty()) {
            Step step = open.remove();
            Pair pair = step.pair;
            if (pair.parted && isEnd(pair.one) && isEnd(pair.other)) {
                return clash(step);
            }
            List<Edge> ones = edges(pair.one);
            List<Edge> others = edges(pair.other);
            for (int i = 0; i < ones.size(); i++) {
                for (int j = pair.parted ? 0 : i; j < others.size(); j++) {
                    Edge one = ones.get(i);
                    Edge other = others.get(j);
                    char from = (char) Math.max(one.from, other.from);
                    if (from <= Math.min(one.to, other.to)) {
                        Pair next = new Pair(one.target, other.target, pair.parted || i != j);
                        add(new Step(step, next, from, one.numberOf, other.numberOf), open, seen);
                    }
                }
            }
        }
        return null;
    }

    private static void add(Step step, ArrayDeque<Step> open, Set<Pair> seen) {
        if (seen.add(step.pair)) {
            if (seen.size() > MAX_PAIRS) {
                throw new IllegalArgumentException(
                        "The templates of SID texts are too complicated to see whether two SIDs can"
                                + " have one text; make them shorter");
            }
            open.add(step);
        }
    }

    private boolean isEnd(State state) {
        if (state.equals(State.END)) {
            return true;
        }
        if (state.digits == 0) {
            return false;
        }
        List<State> next = new ArrayList<>();
        behind(state, next);
        return next.contains(State.END);
    }

    private List<Edge> edges(State state) {
        List<Edge> known = edges.get(state);
        if (known == null) {
            known = edgesOf(state);
            edges.put(state, known);
        }
        return known;
    }

    private List<Edge> edgesOf(State state) {
        List<Edge> found = new ArrayList<>();
        if (state.equals(State.END)) {
            return found;
        }
        SidText.Part part = parts(state).get(state.at);
        if (!part.isNumber()) {
            List<State> next = new ArrayList<>();
            behind(state, next);
            next.forEach(target -> found.add(new Edge(part.literal(), part.literal(), 0, target)));
            return found;
        }
        int most = state.layer > layers ? ORDINAL_DIGITS : TOKEN_DIGITS;
        if (state.digits < most) {
            State longer =
                    new State(state.layer, state.pad, state.at, state.digits + 1, state.dropped);
            found.add(new Edge(state.digits == 0 ? '1' : '0', '9', state.layer, longer));
        }
        List<State> next = new ArrayList<>();
        behind(state, next);
        if (state.digits > 0) {
            // The number may have ended: then the next character is one of what is behind it.
            next.forEach(target -> found.addAll(edges(target)));
        } else if (state.layer <= layers || policy.shows(0)) {
            next.forEach(target -> found.add(new Edge('0', '0', state.layer, target)));
        }
        return found;
    }

    /** The states in which a run may be once the part at a state has been written. */
    private void behind(State state, List<State> next) {
        if (state.at + 1 < parts(state).size()) {
            next.add(new State(state.layer, state.pad, state.at + 1, 0, state.dropped));
        } else {
            enter(state.layer + 1, state.dropped, next);
        }
    }

    /** The states in which a run may be before a layer is written. */
    private void enter(int layer, boolean dropped, List<State> entries) {
        if (layer <= layers) {
            entries.add(new State(layer, false, 0, 0, dropped));
            if (!dropped) {
                State pad = new State(layer, true, 0, 0, true);
                if (parts(pad).isEmpty()) {
                    enter(layer + 1, true, entries);
                } else {
                    entries.add(pad);
                }
            }
        } else if (layer == layers + 1 && policy != Disambiguation.NONE) {
            entries.add(new State(layer, false, 0, 0, dropped));
            if (!policy.shows(0)) {
                entries.add(State.END);
            }
        } else {
            entries.add(State.END);
        }
    }

    private List<SidText.Part> parts(State state) {
        return parts.computeIfAbsent(
                2 * state.layer + (state.pad ? 1 : 0),
                key -> text.parts(state.layer, layers, state.pad));
    }

    private Clash clash(Step last) {
        StringBuilder written = new StringBuilder();
        String[] ones = new String[layers + 2];
        String[] others = new String[layers + 2];
        Arrays.fill(ones, "");
        Arrays.fill(others, "");
        for (Step step = last; step.before != null; step = step.before) {
            written.append(step.written);
            ones[step.numberOfOne] = step.written + ones[step.numberOfOne];
            others[step.numberOfOther] = step.written + others[step.numberOfOther];
        }
        return new Clash(
                describe(ones),
                describe(others),
                text.prefix() + written.reverse() + text.suffix());
    }

    private String describe(String[] numbers) {
        List<String> path = new ArrayList<>();
        for (int layer = 1; layer <= layers; layer++) {
            path.add(numbers[layer].isEmpty() ? "dropped" : numbers[layer]);
        }
        String ordinal = numbers[layers + 1].isEmpty() ? "0" : numbers[layers + 1];
        return "path (%s)%s"
                .formatted(
                        String.join(", ", path),
                        policy == Disambiguation.NONE ? "" : " with ordinal " + ordinal);
    }
}
