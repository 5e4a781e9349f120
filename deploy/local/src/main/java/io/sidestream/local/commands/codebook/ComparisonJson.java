package io.sidestream.local.commands.codebook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sidestream.local.inspect.Churn;
import io.sidestream.local.inspect.Comparison;
import io.sidestream.local.inspect.ReportPair;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;

/** A comparison of two codebook versions as one line of JSON. */
final class ComparisonJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ComparisonJson() {}

    static String of(Comparison comparison) {
        ReportPair reports = comparison.reportsOrNull();
        ObjectNode node = MAPPER.createObjectNode();
        node.put("at", reports == null ? null : reports.first().getAt().toString());
        node.set("first", version(comparison.first(), reports == null ? null : reports.first()));
        node.set("second", version(comparison.second(), reports == null ? null : reports.second()));
        node.set("churn", churn(comparison.churn()));
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings and numbers can always be written", e);
        }
    }

    /** Without a report there is nothing but the version's name and status. */
    private static ObjectNode version(CodebookManifest manifest, HourglassReport reportOrNull) {
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("codebook_version", manifest.getVersion())
                        .put("status", manifest.getStatus().name());
        if (reportOrNull == null) {
            return node;
        }
        node.put("items", reportOrNull.getItems())
                .put("distinct_paths", reportOrNull.getDistinctPaths())
                .put("collision_rate", reportOrNull.getCollisionRate())
                .put("singleton_rate", reportOrNull.getSingletonRate())
                .put("remap_epoch", reportOrNull.getRemapEpoch());
        ArrayNode layers = node.putArray("layers");
        for (LayerSkew skew : reportOrNull.getLayers()) {
            layers.addObject()
                    .put("layer", skew.getLayer())
                    .put("tokens", skew.getTokens())
                    .put("entropy_ratio", skew.getEntropyRatio())
                    .put("perplexity", skew.getPerplexity())
                    .put("gini", skew.getGini())
                    .put("max_share", skew.getMaxShare())
                    .put("dead_codes", skew.getDeadCodes())
                    .put("quantization_error", skew.getQuantizationError());
        }
        return node;
    }

    private static ObjectNode churn(Churn churn) {
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("items", churn.both())
                        .put("only_first", churn.onlyFirst())
                        .put("only_second", churn.onlySecond());
        ArrayNode layers = node.putArray("layers");
        for (int layer = 1; layer <= churn.tokens().size(); layer++) {
            layers.addObject()
                    .put("layer", layer)
                    .put("changed", churn.tokens().get(layer - 1))
                    .put("share", churn.tokenShare(layer));
        }
        node.putObject("paths").put("changed", churn.paths()).put("share", churn.pathShare());
        return node;
    }
}
