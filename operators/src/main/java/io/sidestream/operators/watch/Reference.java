package io.sidestream.operators.watch;

import io.sidestream.codebook.ReferenceFacts;
import io.sidestream.hourglass.Drift;
import io.sidestream.hourglass.QuantizationError;
import io.sidestream.schema.CodebookManifest;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * What the codebook did to the sample that it was made with: what drift is measured from.
 *
 * @param counts items per token, one array a layer; null for a layer that has no histogram
 * @param errors mean |r| / |x| after each layer; null if it is unknown
 */
record Reference(long[][] counts, double[] errors) {

    /** Of a codebook of which nothing is known. */
    static Reference none(int layers) {
        return new Reference(new long[layers][], null);
    }

    /** What a codebook's {@link ReferenceFacts} tell; those that do not fit it are none. */
    static Reference of(CodebookManifest manifest, Map<String, String> facts) {
        int layers = manifest.getLayerSizes().size();
        long[][] counts = new long[layers][];
        for (int layer = 1; layer <= layers; layer++) {
            int size = manifest.getLayerSizes().get(layer - 1);
            counts[layer - 1] = ReferenceFacts.histogram(facts, layer, size);
        }
        return new Reference(counts, ReferenceFacts.quantizationErrors(facts, layers));
    }

    /** How far a layer's counts have drifted; null if that cannot be told. */
    Drift drift(int layer, long[] live) {
        long[] reference = counts[layer - 1];
        return reference == null || LongStream.of(live).allMatch(count -> count == 0)
                ? null
                : Drift.between(live, reference);
    }

    /** What a layer leaves unexplained, beside what it left of the sample. */
    QuantizationError quantizationError(int layer, Double mean) {
        return new QuantizationError(mean, errors == null ? null : errors[layer - 1]);
    }
}
