package io.sidestream.operators.watch;

import io.sidestream.hourglass.Drift;
import io.sidestream.hourglass.Hourglass;
import io.sidestream.hourglass.PathSkew;
import io.sidestream.hourglass.QuantizationError;
import io.sidestream.hourglass.RankHistogram;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.ReportScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Writes down what was measured. */
final class Reports {

    private Reports() {}

    /** A report of the live items. */
    static HourglassReport standing(
            String version, Instant at, Hourglass measured, TokenCounts counts, long remapEpoch) {
        return report(version, at, measured, counts, remapEpoch)
                .setScope(ReportScope.STANDING)
                .build();
    }

    /**
     * A report of the arrivals.
     *
     * @param length of the window, in milliseconds
     */
    static HourglassReport window(
            String version,
            Instant at,
            Hourglass measured,
            TokenCounts counts,
            long remapEpoch,
            long length) {
        return report(version, at, measured, counts, remapEpoch)
                .setScope(ReportScope.WINDOW)
                .setWindow(length)
                .build();
    }

    private static HourglassReport.Builder report(
            String version, Instant at, Hourglass measured, TokenCounts counts, long remapEpoch) {
        long[][] tokens = counts.tokens();
        boolean[] listed =
                RankHistogram.listedLayers(
                        Arrays.stream(tokens).mapToInt(layer -> layer.length).toArray());
        List<LayerSkew> layers = new ArrayList<>();
        for (int i = 0; i < tokens.length; i++) {
            LayerSkew.Builder layer = layer(i + 1, measured.layers().get(i));
            layer.setCounts(listed[i] ? boxed(tokens[i]) : List.of());
            layer.setRankBins(listed[i] ? List.of() : boxed(RankHistogram.of(tokens[i])));
            layers.add(layer.build());
        }
        HourglassReport.Builder report =
                HourglassReport.newBuilder()
                        .setCodebookVersion(version)
                        .setAt(at)
                        .setItems(measured.items())
                        .setLayers(layers)
                        .setRemapEpoch(remapEpoch);
        PathSkew paths = measured.paths();
        if (paths != null) {
            report.setDistinctPaths(paths.distinct())
                    .setPathUtilization(paths.utilization())
                    .setCollisionRate(paths.collisionRate())
                    .setSingletonRate(paths.singletonRate());
        }
        return report;
    }

    private static List<Long> boxed(long[] counts) {
        return Arrays.stream(counts).boxed().collect(Collectors.toList());
    }

    private static LayerSkew.Builder layer(int number, Hourglass.Layer measured) {
        TokenSkew skew = measured.skew();
        LayerSkew.Builder layer =
                LayerSkew.newBuilder()
                        .setLayer(number)
                        .setTokens(skew.tokens())
                        .setEntropy(skew.entropy())
                        .setEntropyRatio(skew.entropyRatio())
                        .setPerplexity(skew.perplexity())
                        .setGini(skew.gini())
                        .setStd(skew.std())
                        .setCoefficientOfVariation(skew.coefficientOfVariation())
                        .setMaxShare(skew.maxShare())
                        .setDeadCodes(skew.deadCodes());
        QuantizationError error = measured.quantizationError();
        if (error != null) {
            layer.setQuantizationError(error.mean())
                    .setQuantizationErrorExpected(error.expected())
                    .setQuantizationErrorRatio(error.ratio());
        }
        Drift drift = measured.drift();
        if (drift != null) {
            layer.setJensenShannon(drift.jensenShannon())
                    .setJensenShannonExpected(drift.jensenShannonExpected())
                    .setPsi(drift.psi())
                    .setPsiExpected(drift.psiExpected());
        }
        return layer;
    }
}
