package io.sidestream.local.commands.codebook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sidestream.jobs.Liveness;
import io.sidestream.local.versions.VersionStatus;
import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.RetirementProgress;
import java.util.List;

/** Where codebook versions stand, as JSON for scripts. */
final class StatusJson {

    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private StatusJson() {}

    /** An array of all versions, in the order given. */
    static String of(List<VersionStatus> versions) {
        ArrayNode all = MAPPER.createArrayNode();
        versions.forEach(version -> put(version, all.addObject()));
        try {
            return MAPPER.writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings and numbers can always be written", e);
        }
    }

    private static void put(VersionStatus version, ObjectNode node) {
        node.put("version", version.manifest().getVersion())
                .put("status", version.manifest().getStatus().name())
                .put("since", version.manifest().getPublishedAt().toString())
                .put("active", version.role() == VersionStatus.Role.ACTIVE)
                .put("previous", version.role() == VersionStatus.Role.PREVIOUS)
                .put("items", version.itemsOrNull())
                .put("topic", version.topic())
                .put("uri", version.manifest().getUri())
                .put("sha256", version.manifest().getSha256());
        Liveness liveness = version.liveness();
        node.putObject("live")
                .put("everywhere", liveness.everywhere())
                .put("subtasks", liveness.subtasks())
                .put("live", liveness.live())
                .put("error", liveness.errorOrNull());
        put(version.progress().backfillOrNull(), node);
        put(version.progress().retirementOrNull(), node);
    }

    private static void put(BackfillProgress backfill, ObjectNode node) {
        if (backfill == null) {
            node.putNull("backfill");
            return;
        }
        ObjectNode to = node.putObject("backfill");
        to.put("phase", backfill.getPhase().name())
                .put("read", backfill.getRead())
                .put("total", backfill.getTotal())
                .put("per_second", backfill.getPerSecond())
                .put("started_at", backfill.getStartedAt().toString())
                .put("at", backfill.getAt().toString());
        VersionText.secondsLeft(backfill).ifPresent(seconds -> to.put("seconds_left", seconds));
    }

    private static void put(RetirementProgress retirement, ObjectNode node) {
        if (retirement == null) {
            node.putNull("retirement");
            return;
        }
        node.putObject("retirement")
                .put("progress", retirement.getProgress())
                .put("items", retirement.getItems())
                .put("at", retirement.getAt().toString());
    }
}
