package io.sidestream.local.commands.remap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import java.util.Map;
import java.util.TreeMap;

/** Remap plans and dry runs as JSON for scripts, with nothing left out. */
final class RemapJson {

    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private RemapJson() {}

    /** A plan and its life so far. */
    static String of(PlanLife life) {
        RemapPlan plan = life.plan();
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("codebook_version", plan.getCodebookVersion())
                        .put("epoch", plan.getEpoch())
                        .put("status", life.status().name())
                        .put("layer", plan.getLayer())
                        .put("policy", RemapText.policy(plan));
        RemapText.headTokens(plan).forEach(node.putArray("head_tokens")::add);
        node.put("items", plan.getItems())
                .put("head_items", plan.getHeadItems())
                .put("items_to_move", plan.getItemsToMove())
                .put("items_moved", life.itemsMoved())
                .put("progress", life.progress());
        ObjectNode skew = node.putObject("skew_before");
        for (Map.Entry<String, Double> metric : new TreeMap<>(plan.getSkewBefore()).entrySet()) {
            skew.put(metric.getKey(), metric.getValue());
        }
        node.put("decided_at", plan.getDecidedAt().toString())
                .put("decided_by", plan.getDecidedBy())
                .put("request_id", plan.getRequestId());
        ArrayNode steps = node.putArray("steps");
        for (RemapPlanStatus step : life.steps()) {
            steps.addObject()
                    .put("at", step.getAt().toString())
                    .put("status", step.getStatus().name())
                    .put("items_moved", step.getItemsMoved())
                    .put("progress", step.getProgress())
                    .put("message", step.getMessage())
                    .put("request_id", step.getRequestId());
        }
        return write(node);
    }

    /** A request that nobody waits for. */
    static String ofRequest(String requestId) {
        return write(MAPPER.createObjectNode().put("request_id", requestId));
    }

    /**
     * What a plan would do.
     *
     * @param inForce the plan that is in force now, or null
     */
    static String of(DryRun run, PlanLife inForce) {
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("codebook_version", run.version())
                        .put("layer", run.layer())
                        .put("policy", run.policy().toString());
        run.headTokens().forEach(node.putArray("head_tokens")::add);
        node.put("items", run.items())
                .put("head_items", run.headItems())
                .put("items_to_move", run.itemsToMove())
                .put("epoch_in_force", inForce == null ? 0 : inForce.plan().getEpoch())
                .set("before", sids(run.before()));
        node.set("after", sids(run.after()));
        return write(node);
    }

    private static ObjectNode sids(DryRun.Sids sids) {
        ObjectNode node =
                MAPPER.createObjectNode()
                        .put("distinct_paths", sids.paths().distinct())
                        .put("path_utilization", sids.paths().utilization())
                        .put("collision_rate", sids.paths().collisionRate())
                        .put("singleton_rate", sids.paths().singletonRate())
                        .put("largest_path", sids.largestPath());
        ObjectNode lengths = node.putObject("items_by_length");
        for (int length = 0; length < sids.byLength().size(); length++) {
            lengths.put(Integer.toString(length), sids.byLength().get(length));
        }
        ArrayNode layers = node.putArray("layers");
        for (int i = 0; i < sids.layers().size(); i++) {
            TokenSkew skew = sids.layers().get(i);
            layers.addObject()
                    .put("layer", i + 1)
                    .put("tokens", skew.tokens())
                    .put("items", skew.items())
                    .put("entropy", skew.entropy())
                    .put("entropy_ratio", skew.entropyRatio())
                    .put("perplexity", skew.perplexity())
                    .put("gini", skew.gini())
                    .put("std", skew.std())
                    .put("coefficient_of_variation", skew.coefficientOfVariation())
                    .put("max_share", skew.maxShare())
                    .put("dead_codes", skew.deadCodes());
        }
        return node;
    }

    private static String write(ObjectNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings and numbers can always be written", e);
        }
    }
}
