package io.sidestream.operators.watch;

import io.sidestream.hourglass.Drift;
import io.sidestream.schema.CodebookManifest;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * How often each token was used when the codebook was made: what drift is measured from.
 *
 * @param counts items per token, one array a layer; null for a layer that has no histogram
 */
record Reference(long[][] counts) {

    /** Of a codebook of which nothing is known. */
    static Reference none(int layers) {
        return new Reference(new long[layers][]);
    }

    /**
     * What a codebook's facts tell: {@code histogram.layer_1} and so on, counts separated by
     * commas. A histogram that does not fit its layer is none.
     */
    static Reference of(CodebookManifest manifest, Map<String, String> facts) {
        long[][] counts = new long[manifest.getLayerSizes().size()][];
        for (int layer = 1; layer <= counts.length; layer++) {
            long[] histogram = histogram(facts.get("histogram.layer_" + layer));
            boolean fits =
                    histogram.length == manifest.getLayerSizes().get(layer - 1)
                            && LongStream.of(histogram).allMatch(count -> count >= 0)
                            && LongStream.of(histogram).anyMatch(count -> count > 0);
            counts[layer - 1] = fits ? histogram : null;
        }
        return new Reference(counts);
    }

    private static long[] histogram(String fact) {
        if (fact == null) {
            return new long[0];
        }
        try {
            return Arrays.stream(fact.split(",", -1)).mapToLong(Long::parseLong).toArray();
        } catch (NumberFormatException e) {
            return new long[0]; // facts are free words
        }
    }

    /** How far a layer's counts have drifted; null if that cannot be told. */
    Drift drift(int layer, long[] live) {
        long[] reference = counts[layer - 1];
        return reference == null || LongStream.of(live).allMatch(count -> count == 0)
                ? null
                : Drift.between(live, reference);
    }
}
