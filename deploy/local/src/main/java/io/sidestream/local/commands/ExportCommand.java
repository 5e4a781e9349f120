package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.kafka.Export;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "export",
        description = {
            "Write the SID of every item as JSON lines, sorted by item id.",
            Export.LINE,
            "It reads what is committed in the version's topic when it begins."
        })
final class ExportCommand implements Callable<Integer> {

    private static final String STDOUT = "-";

    @Mixin private ConnectionOptions connectionOptions;

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "Codebook version (default: the active one).")
    private String version;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "File to write, or - for the standard output.")
    private String out;

    private final Console console;

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Connection connection = connectionOptions.connection();
        String chosen =
                version != null ? version : new CodebookRegistry(connection).active().getVersion();
        Export export = Export.read(connection, chosen, console);
        if (export.uncommitted() > 0) {
            console.note(
                    ("%,d records behind the export's end are not in it: the job had not"
                                    + " committed them")
                            .formatted(export.uncommitted()));
        }
        if (out.equals(STDOUT)) {
            export.writeTo(console.out(), List.of());
        } else {
            export.writeTo(Path.of(out), List.of());
        }
        console.note(
                String.format(
                        Locale.ROOT,
                        "%,d items of codebook version %s%s",
                        export.items(),
                        chosen,
                        out.equals(STDOUT) ? "" : " in " + out));
        return 0;
    }
}
