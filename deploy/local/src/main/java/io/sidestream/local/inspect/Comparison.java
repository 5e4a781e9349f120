package io.sidestream.local.inspect;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.schema.CodebookManifest;

/**
 * Two codebook versions side by side.
 *
 * @param reportsOrNull what is reported of both at one instant; null without such reports
 * @param churn how many items have other SIDs under the second than under the first
 */
public record Comparison(
        CodebookManifest first, CodebookManifest second, ReportPair reportsOrNull, Churn churn) {

    /**
     * Reads reports and SIDs.
     *
     * @param console to show progress on
     * @throws UserError if a topic is missing or holds something else
     */
    public static Comparison read(
            Connection connection, CodebookManifest first, CodebookManifest second, Console console)
            throws InterruptedException {
        Churn churn = Churn.read(connection, first, second, console);
        return new Comparison(
                first,
                second,
                ReportPair.read(connection, first.getVersion(), second.getVersion()).orElse(null),
                churn);
    }
}
