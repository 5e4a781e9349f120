package io.sidestream.it;

import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.SidToken;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
            boolean dropped =
                    plan != null
                            && plan.getLayer() == layer
                            && plan.getHeadTokens().contains(token);
            if (!dropped) {
                path.add(new SidToken(layer, token));
            }
        }
        return path;
    }
}
