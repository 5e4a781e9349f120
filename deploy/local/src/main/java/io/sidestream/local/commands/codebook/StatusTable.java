package io.sidestream.local.commands.codebook;

import io.sidestream.local.console.Console;
import io.sidestream.local.versions.VersionStatus;
import java.time.Instant;
import java.util.List;

/** Where codebook versions stand, one a line. */
public final class StatusTable {

    private StatusTable() {}

    /** Prints a table, and under it why codebooks cannot be loaded. */
    public static void print(Console console, List<VersionStatus> versions) {
        Instant now = Instant.now();
        console.table(
                List.of("version", "status", "alias", "items", "live", "backfill", "updates"),
                versions.stream().map(version -> row(version, now)).toList());
        for (VersionStatus version : versions) {
            String error = version.liveness().errorOrNull();
            if (error != null && !VersionText.live(version).equals(VersionText.NOTHING)) {
                console.warn(
                        "codebook %s cannot be loaded: %s"
                                .formatted(
                                        version.manifest().getVersion(), Console.printable(error)));
            }
        }
    }

    private static List<String> row(VersionStatus version, Instant now) {
        return List.of(
                version.manifest().getVersion(),
                VersionText.status(version),
                switch (version.role()) {
                    case ACTIVE -> "@active";
                    case PREVIOUS -> "rollback";
                    case NONE -> "";
                },
                version.itemsOrNull() == null
                        ? VersionText.NOTHING
                        : VersionText.count(version.itemsOrNull()),
                VersionText.live(version),
                VersionText.backfill(version, now),
                version.topic());
    }
}
