package io.sidestream.local.commands;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sidestream.local.commands.remap.RemapText;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.RemapPlan;

/** A skew report as one line of JSON: the same names and the same numbers, to the last bit. */
final class HourglassJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private HourglassJson() {}

    /**
     * @param report of all live items
     * @param plan the remap plan that their SIDs follow, or null
     */
    static String of(HourglassReport report, PlanLife plan) {
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("codebook_version", report.getCodebookVersion())
                        .put("items", report.getItems());
        ArrayNode layers = node.putArray("layers");
        report.getLayers().forEach(layer -> layers.add(layer(layer)));
        node.put("distinct_paths", report.getDistinctPaths())
                .put("path_utilization", report.getPathUtilization())
                .put("collision_rate", report.getCollisionRate())
                .set("plan", plan == null ? null : plan(plan));
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings and numbers can always be written", e);
        }
    }

    private static ObjectNode layer(LayerSkew skew) {
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("layer", skew.getLayer())
                        .put("tokens", skew.getTokens());
        if (skew.getRankBins().isEmpty()) {
            skew.getCounts().forEach(node.putArray("counts")::add);
        } else {
            skew.getRankBins().forEach(node.putArray("rank_bins")::add);
        }
        return node.put("entropy", skew.getEntropy())
                .put("entropy_ratio", skew.getEntropyRatio())
                .put("perplexity", skew.getPerplexity())
                .put("gini", skew.getGini())
                .put("std", skew.getStd())
                .put("max_share", skew.getMaxShare())
                .put("dead_codes", skew.getDeadCodes());
    }

    private static ObjectNode plan(PlanLife life) {
        RemapPlan plan = life.plan();
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("epoch", plan.getEpoch())
                        .put("layer", plan.getLayer())
                        .put("policy", RemapText.policy(plan));
        RemapText.headTokens(plan).forEach(node.putArray("head_tokens")::add);
        return node.put("items_moved", life.itemsMoved());
    }
}
