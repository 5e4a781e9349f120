package io.sidestream.codebook;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** How numbers are written among a codebook's facts. */
final class Facts {
    private static final MathContext PRECISION = new MathContext(9, RoundingMode.HALF_EVEN);

    private Facts() {}

    /** Not {@code Double.toString}, whose digits differ between JDKs. */
    static String decimal(double value) {
        return new BigDecimal(value).round(PRECISION).stripTrailingZeros().toPlainString();
    }

    static String list(int[] numbers) {
        return Arrays.stream(numbers).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    static String list(long[] numbers) {
        return Arrays.stream(numbers).mapToObj(Long::toString).collect(Collectors.joining(","));
    }

    static String list(double[] numbers) {
        return Arrays.stream(numbers).mapToObj(Facts::decimal).collect(Collectors.joining(","));
    }

    /**
     * Reads a list.
     *
     * @return null if there is none, or it is not of this many whole numbers: facts are free words
     */
    static long[] longs(String fact, int count) {
        String[] parts = parts(fact, count);
        try {
            return parts == null ? null : Arrays.stream(parts).mapToLong(Long::parseLong).toArray();
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Reads a list as {@link #longs} does, of any numbers. */
    static double[] doubles(String fact, int count) {
        String[] parts = parts(fact, count);
        try {
            return parts == null
                    ? null
                    : Arrays.stream(parts).mapToDouble(Double::parseDouble).toArray();
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static String[] parts(String fact, int count) {
        String[] parts = fact == null ? new String[0] : fact.split(",", -1);
        return parts.length == count ? parts : null;
    }
}
