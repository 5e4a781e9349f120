package io.sidestream.local.commands.codebook;

import io.sidestream.local.commands.Commands;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.versions.Completeness;
import io.sidestream.local.versions.Moved;
import io.sidestream.local.versions.Versions;
import io.sidestream.schema.CodebookManifest;
import java.util.Locale;

/** Tells how another version becomes the one that retrievers use, and waits for it. */
final class Activation {

    private final Console console;
    private final Connection connection;

    Activation(Console console, Connection connection) {
        this.console = console;
        this.connection = connection;
    }

    /** The items of the two versions are being compared. */
    void comparing(Completeness found) {
        String reports =
                "reports of %s and %s of the same instant"
                        .formatted(found.version(), found.against());
        console.note(
                found.isKnown()
                        ? String.format(
                                Locale.ROOT,
                                "%s has %,d items where %s has %,d; waiting for further %s, for the"
                                        + " catalog may be changing",
                                found.version(),
                                found.items(),
                                found.against(),
                                found.itemsAgainst(),
                                reports)
                        : "waiting for " + reports);
    }

    /** Says what has been done, and sees the indexing job follow. */
    void conclude(Moved moved, Versions versions, JobGroupOption job, WaitOptions wait)
            throws InterruptedException {
        ForceOption.show(moved, console);
        if (moved.wasSo()) {
            console.println("codebook %s is ACTIVE already".formatted(moved.version()));
            return;
        }
        console.println("codebook %s is ACTIVE".formatted(moved.version()));
        for (CodebookManifest other : moved.before().active()) {
            if (!other.getVersion().equals(moved.version())) {
                console.println(
                        "codebook %s is READY; `%s codebook rollback%s` goes back to it"
                                .formatted(
                                        other.getVersion(),
                                        Commands.program(),
                                        Commands.reaching(connection)));
            }
        }
        console.println("updates  " + connection.topics().updates(moved.version()));
        if (wait.wanted()) {
            console.note("waiting for the indexing job to take notice");
            versions.awaitNoticed(moved, job.group(), wait.timeout());
            console.note("the indexing job has taken notice");
        }
    }
}
