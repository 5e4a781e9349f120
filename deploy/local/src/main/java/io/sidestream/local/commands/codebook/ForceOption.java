package io.sidestream.local.commands.codebook;

import io.sidestream.local.console.Console;
import io.sidestream.local.versions.Moved;
import picocli.CommandLine.Option;

/** Overrules the reasons against a move that a person may know better about. */
final class ForceOption {

    @Option(
            names = "--force",
            description = "Do it in spite of reasons that a person may know better about.")
    private boolean force;

    boolean given() {
        return force;
    }

    /** Says what has been overruled. */
    static void show(Moved moved, Console console) {
        moved.overruled().forEach(reason -> console.warn("done nevertheless: " + reason));
    }
}
