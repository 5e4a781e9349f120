package io.sidestream.local.kafka;

import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import java.time.Instant;
import java.util.List;

/**
 * A remap plan and what has become of it so far.
 *
 * @param steps in the order in which they were written; APPLYING is repeated as the sweep goes on
 */
public record PlanLife(RemapPlan plan, List<RemapPlanStatus> steps) {

    public PlanLife {
        steps = List.copyOf(steps);
    }

    /** Where the plan stands; PLANNED before its first step is written. */
    public PlanStatus status() {
        return steps.isEmpty() ? PlanStatus.PLANNED : last().getStatus();
    }

    /** When the plan came to where it stands: of equal steps in a row, the first counts. */
    public Instant since() {
        Instant since = plan.getDecidedAt();
        for (int i = steps.size() - 1; i >= 0 && steps.get(i).getStatus() == status(); i--) {
            since = steps.get(i).getAt();
        }
        return since;
    }

    /** Items that the plan's sweep has moved to another path so far. */
    public long itemsMoved() {
        return steps.stream().mapToLong(RemapPlanStatus::getItemsMoved).max().orElse(0);
    }

    /** Share of the catalog that the plan has reached, 0 to 1. */
    public double progress() {
        return steps.stream().mapToDouble(RemapPlanStatus::getProgress).max().orElse(0);
    }

    /** Whether arrivals follow the plan, and indexed items do or are about to. */
    public boolean isInForce() {
        return status() == PlanStatus.APPLYING || status() == PlanStatus.APPLIED;
    }

    /** Whether the plan may still come into force. */
    public boolean isPending() {
        return status() == PlanStatus.PLANNED || status() == PlanStatus.APPROVED;
    }

    private RemapPlanStatus last() {
        return steps.get(steps.size() - 1);
    }
}
