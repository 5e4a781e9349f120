package io.sidestream.local.commands.codebook;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.inspect.Comparison;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "compare",
        description =
                "Show two codebook versions side by side: how evenly they use their tokens, how"
                        + " many items share a path, how well they fit, and what share of the items"
                        + " has another SID under the second than under the first.")
final class CodebookCompareCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "V", description = "A version, the old one for example.")
    private String first;

    @Parameters(index = "1", paramLabel = "W", description = "The version to compare it with.")
    private String second;

    @Option(names = "--json", description = "As JSON, with every number in full.")
    private boolean json;

    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookCompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (first.equals(second)) {
            throw new UserError("%s cannot be compared with itself".formatted(first));
        }
        Connection connection = connectionOptions.connection();
        Codebooks codebooks = new CodebookRegistry(connection).read();
        Comparison comparison =
                Comparison.read(
                        connection, live(codebooks, first), live(codebooks, second), console);
        if (json) {
            console.println(ComparisonJson.of(comparison));
        } else {
            new ComparisonPrinter(console).print(comparison);
        }
        return 0;
    }

    /** A version that has SIDs to look at. */
    static CodebookManifest live(Codebooks codebooks, String version) {
        CodebookManifest manifest = codebooks.require(version);
        if (manifest.getStatus() == CodebookStatus.RETIRED) {
            throw new UserError(
                    "codebook version %s has been retired, and its SIDs are followed no more"
                            .formatted(version));
        }
        return manifest;
    }
}
