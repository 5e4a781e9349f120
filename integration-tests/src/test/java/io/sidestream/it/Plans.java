package io.sidestream.it;

import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.SidToken;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The remap plans of one codebook version, and the paths that they give to items.
 *
 * @param byEpoch every plan that was ever made
 */
record Plans(Map<Long, RemapPlan> byEpoch) {

    static final Plans NONE = new Plans(Map.of());

    static Plans of(Collection<RemapPlan> plans) {
        Map<Long, RemapPlan> byEpoch = new TreeMap<>();
        plans.forEach(plan -> byEpoch.put(plan.getEpoch(), plan));
        return new Plans(byEpoch);
    }

    /**
     * The tokens that are published for an item.
     *
     * @param epoch of the plan that it follows; 0: none
     */
    List<SidToken> path(List<Integer> codes, long epoch) {
        RemapPlan plan = byEpoch.get(epoch);
        if (epoch != 0 && plan == null) {
            throw new AssertionError("There is no remap plan " + epoch);
        }
        List<SidToken> path = new ArrayList<>();
        for (int layer = 1; layer <= codes.size(); layer++) {
            int token = codes.get(layer - 1);
            boolean dropped = plan != null && plan.getLayer() == layer && drops(plan, token);
            if (!dropped) {
                path.add(new SidToken(layer, token));
            }
        }
        return path;
    }

    /** Whether a plan drops a token of its layer, by the bytes of its record. */
    static boolean drops(RemapPlan plan, int token) {
        if (plan.getPolicy() == RemapPolicyKind.DROP_LAYER) {
            return true;
        }
        ByteBuffer bitmap = plan.getHeadTokens();
        return token / 8 < bitmap.remaining()
                && (bitmap.get(bitmap.position() + token / 8) >> (token % 8) & 1) == 1;
    }

    /** The tokens that a plan drops of a layer that has so many, ascending. */
    static List<Integer> head(RemapPlan plan, int tokens) {
        return IntStream.range(0, tokens).filter(token -> drops(plan, token)).boxed().toList();
    }
}
