package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.Codebook;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.local.console.Console;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A table of how well each layer of a trained codebook fits its sample. */
public final class LayerTable {

    private LayerTable() {}

    public static void print(Console console, Codebook codebook) {
        String[] errors = codebook.facts().get("relative_error").split(",", -1);
        List<List<String>> rows = new ArrayList<>();
        for (int layer = 1; layer <= codebook.layers(); layer++) {
            String histogram = codebook.facts().get("histogram.layer_" + layer);
            TokenSkew skew =
                    TokenSkew.of(
                            Arrays.stream(histogram.split(",", -1))
                                    .mapToLong(Long::parseLong)
                                    .toArray());
            rows.add(
                    List.of(
                            Integer.toString(layer),
                            Integer.toString(codebook.layerSize(layer)),
                            decimal(Double.parseDouble(errors[layer - 1])),
                            decimal(skew.entropyRatio()),
                            String.format(Locale.ROOT, "%.1f", skew.perplexity()),
                            decimal(skew.gini()),
                            Integer.toString(skew.deadCodes())));
        }
        console.table(
                List.of(
                        "layer",
                        "codewords",
                        "relative error",
                        "entropy ratio",
                        "perplexity",
                        "gini",
                        "dead"),
                rows);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
