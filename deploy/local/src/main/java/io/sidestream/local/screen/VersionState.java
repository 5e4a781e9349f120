package io.sidestream.local.screen;

import io.sidestream.local.kafka.PlanLife;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import java.util.List;

/**
 * What is known of a codebook version at one moment.
 *
 * @param status null if the version is no longer announced
 * @param standing the latest report on all live items, or null
 * @param window the latest report on arrivals, or null
 * @param openAlerts in the order in which they were raised
 * @param plans of this version, in the order in which they were made
 * @param updatesPerSecond published for the version; NaN: not known yet
 */
public record VersionState(
        String version,
        CodebookStatus status,
        HourglassReport standing,
        HourglassReport window,
        List<HourglassAlert> openAlerts,
        List<PlanLife> plans,
        double updatesPerSecond) {

    public VersionState {
        openAlerts = List.copyOf(openAlerts);
        plans = List.copyOf(plans);
    }

    /** The plan that SIDs follow now, or null. */
    PlanLife inForce() {
        return plans.stream()
                .filter(PlanLife::isInForce)
                .reduce((earlier, later) -> later)
                .orElse(null);
    }
}
