package io.sidestream.local.commands.codebook;

import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.schema.CodebookManifest;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", description = "List the codebook versions that are published.")
final class CodebookListCommand implements Callable<Integer> {

    private static final int SHORT_SHA = 12;

    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Connection connection = connectionOptions.connection();
        Collection<CodebookManifest> versions = new CodebookRegistry(connection).list().values();
        if (versions.isEmpty()) {
            console.note(
                    ("no codebook version is published at %s yet; publish one with"
                                    + " `sidestream codebook publish`")
                            .formatted(connection.bootstrap()));
            return 0;
        }
        console.table(
                List.of(
                        "version",
                        "status",
                        "layers",
                        "dimension",
                        "normalize",
                        "published",
                        "SHA-256",
                        "file"),
                versions.stream().map(CodebookListCommand::row).toList());
        return 0;
    }

    private static List<String> row(CodebookManifest manifest) {
        return List.of(
                manifest.getVersion(),
                manifest.getStatus().name(),
                manifest.getLayerSizes().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(",")),
                Integer.toString(manifest.getDimension()),
                manifest.getNormalize() ? "yes" : "no",
                manifest.getPublishedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                manifest.getSha256().substring(0, SHORT_SHA),
                manifest.getUri());
    }
}
