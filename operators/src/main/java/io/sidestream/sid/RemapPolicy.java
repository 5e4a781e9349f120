package io.sidestream.sid;

import io.sidestream.schema.RemapPolicyKind;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Which tokens of a layer are head tokens. Policies that take some of them take the most frequent
 * ones first and, of equals, those of lower index.
 *
 * <p>People write {@code top-p=0.85}, {@code top-k=400}, {@code token-fraction=0.1}, {@code
 * drop-layer} and {@code none}. A fraction stands for the decimal it is written as (up to 15
 * digits), not for the binary number next to it: 0.1 of 10 is 1, exactly.
 */
public sealed interface RemapPolicy extends Serializable {

    /**
     * The head tokens, ascending.
     *
     * @param counts items per token of the layer
     */
    int[] headTokens(long[] counts);

    /**
     * What a plan of this policy does.
     *
     * @param layer 1-based
     * @param counts items per token of the layer
     */
    default Remap remap(int layer, long[] counts) {
        return new Remap(layer, headTokens(counts));
    }

    /** What records call the policy. */
    RemapPolicyKind kind();

    /** The policy's number in records: p, k or the fraction; 0 if it has none. */
    double parameter();

    /**
     * The policy of a record.
     *
     * @throws IllegalArgumentException if the parameter is not one of this kind
     */
    static RemapPolicy of(RemapPolicyKind kind, double parameter) {
        return switch (kind) {
            case TOP_P -> new TopP(parameter);
            case TOP_K -> new TopK(wholeNumber(parameter));
            case TOKEN_FRACTION -> new TokenFraction(parameter);
            case DROP_LAYER -> new DropLayer();
            case NONE -> new None();
        };
    }

    /**
     * The policy of a text.
     *
     * @throws IllegalArgumentException if it is none of the forms above or its number is out of
     *     range
     */
    static RemapPolicy parse(String text) {
        try {
            int equals = text.indexOf('=');
            if (equals < 0) {
                return switch (text) {
                    case "drop-layer" -> new DropLayer();
                    case "none" -> new None();
                    default -> throw new IllegalArgumentException("there is no such policy");
                };
            }
            String name = text.substring(0, equals);
            String number = text.substring(equals + 1);
            return switch (name) {
                case "top-p" -> new TopP(decimal(number));
                case "top-k" -> new TopK(wholeNumber(decimal(number)));
                case "token-fraction" -> new TokenFraction(decimal(number));
                default -> throw new IllegalArgumentException("there is no such policy");
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    ("Remap policy '%s': %s; write top-p=0.85, top-k=400, token-fraction=0.1,"
                                    + " drop-layer or none")
                            .formatted(text, e.getMessage()),
                    e);
        }
    }

    /**
     * The smallest head that holds at least a share of the items: none for 0, all tokens that have
     * items for 1.
     *
     * @param p the share, 0 to 1
     */
    record TopP(double p) implements RemapPolicy {

        public TopP {
            p = requireFraction("p", p);
        }

        @Override
        public int[] headTokens(long[] counts) {
            int[] order = byCount(counts);
            long wanted = ceilingOf(p, LongStream.of(counts).sum());
            long held = 0;
            int length = 0;
            while (held < wanted) {
                held += counts[order[length++]];
            }
            return firstOf(order, length);
        }

        @Override
        public RemapPolicyKind kind() {
            return RemapPolicyKind.TOP_P;
        }

        @Override
        public double parameter() {
            return p;
        }

        @Override
        public String toString() {
            return "top-p=" + plain(p);
        }
    }

    /**
     * The k most frequent tokens, or all if there are fewer; tokens without items are taken too.
     *
     * @param k how many, 0 or more
     */
    record TopK(int k) implements RemapPolicy {

        public TopK {
            if (k < 0) {
                throw new IllegalArgumentException("k must be 0 or more, not " + k);
            }
        }

        @Override
        public int[] headTokens(long[] counts) {
            return firstOf(byCount(counts), Math.min(k, counts.length));
        }

        @Override
        public RemapPolicyKind kind() {
            return RemapPolicyKind.TOP_K;
        }

        @Override
        public double parameter() {
            return k;
        }

        @Override
        public String toString() {
            return "top-k=" + k;
        }
    }

    /**
     * The most frequent ones, a fraction of the tokens, rounded up; tokens without items are taken
     * too.
     *
     * @param fraction 0 to 1
     */
    record TokenFraction(double fraction) implements RemapPolicy {

        public TokenFraction {
            fraction = requireFraction("the fraction", fraction);
        }

        @Override
        public int[] headTokens(long[] counts) {
            return firstOf(byCount(counts), (int) ceilingOf(fraction, counts.length));
        }

        @Override
        public RemapPolicyKind kind() {
            return RemapPolicyKind.TOKEN_FRACTION;
        }

        @Override
        public double parameter() {
            return fraction;
        }

        @Override
        public String toString() {
            return "token-fraction=" + plain(fraction);
        }
    }

    /** All tokens: nobody keeps the layer. */
    record DropLayer() implements RemapPolicy {

        @Override
        public int[] headTokens(long[] counts) {
            return IntStream.range(0, counts.length).toArray();
        }

        @Override
        public Remap remap(int layer, long[] counts) {
            return Remap.wholeLayer(layer);
        }

        @Override
        public RemapPolicyKind kind() {
            return RemapPolicyKind.DROP_LAYER;
        }

        @Override
        public double parameter() {
            return 0;
        }

        @Override
        public String toString() {
            return "drop-layer";
        }
    }

    /** No token: everybody keeps the layer. */
    record None() implements RemapPolicy {

        @Override
        public int[] headTokens(long[] counts) {
            return new int[0];
        }

        @Override
        public RemapPolicyKind kind() {
            return RemapPolicyKind.NONE;
        }

        @Override
        public double parameter() {
            return 0;
        }

        @Override
        public String toString() {
            return "none";
        }
    }

    private static int[] byCount(long[] counts) {
        return IntStream.range(0, counts.length)
                .boxed()
                .sorted(
                        Comparator.<Integer>comparingLong(token -> counts[token])
                                .reversed()
                                .thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static int[] firstOf(int[] order, int length) {
        int[] head = Arrays.copyOf(order, length);
        Arrays.sort(head);
        return head;
    }

    private static long ceilingOf(double fraction, long whole) {
        return BigDecimal.valueOf(fraction)
                .multiply(BigDecimal.valueOf(whole))
                .setScale(0, RoundingMode.CEILING)
                .longValueExact();
    }

    private static double requireFraction(String what, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    "%s must be from 0 to 1, not %s".formatted(what, value));
        }
        return value + 0.0; // -0 becomes 0
    }

    private static int wholeNumber(double value) {
        if (value != (int) value) {
            throw new IllegalArgumentException("k must be a whole number, not " + value);
        }
        return (int) value;
    }

    private static double decimal(String text) {
        try {
            return new BigDecimal(text).doubleValue();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'%s' is not a number".formatted(text), e);
        }
    }

    private static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
