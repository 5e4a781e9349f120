package io.sidestream.local.commands.codebook;

import io.sidestream.local.commands.DurationConverter;
import io.sidestream.local.console.Console;
import io.sidestream.local.inspect.Finding;
import io.sidestream.local.inspect.Verification;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description =
                "Check a codebook version against the catalog: take a sample of all items, compute"
                        + " their codes anew from their last embeddings, and compare with what is"
                        + " published. Exits with 1 if anything is wrong or missing.")
final class CodebookVerifyCommand implements Callable<Integer> {

    private static final int SHOWN = 10;

    @Parameters(paramLabel = "VERSION", description = "One that is not retired.")
    private String version;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Items to check, at most (default: ${DEFAULT-VALUE}).")
    private int sample;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Decides which items (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "60 s",
            converter = DurationConverter.class,
            description =
                    "How long the job may take to follow a change, before what does not agree is"
                            + " wrong (default: ${DEFAULT-VALUE}).")
    private Duration timeout;

    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookVerifyCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Connection connection = connectionOptions.connection();
        CodebookManifest manifest =
                CodebookCompareCommand.live(new CodebookRegistry(connection).read(), version);
        Verification verification =
                Verification.run(
                        connection,
                        version,
                        CodebookStore.load(manifest).quantizer(),
                        new Verification.Scope(sample, seed, timeout),
                        console);
        print(verification, manifest);
        return verification.findings().isEmpty() ? 0 : 1;
    }

    private void print(Verification verification, CodebookManifest manifest) {
        List<Finding> findings = verification.findings();
        if (verification.refused() > 0) {
            console.note(
                    count(verification.refused())
                            + " items were left out: the codebook does not take their last"
                            + " embeddings");
        }
        if (verification.moving() > 0) {
            console.note(
                    count(verification.moving())
                            + " items were left out: they changed meanwhile, and the job had not"
                            + " followed yet");
        }
        if (findings.isEmpty()) {
            console.println(
                    "codebook %s: %s items checked, all of them as they should be"
                            .formatted(version, count(verification.checked())));
            return;
        }
        findings.stream().limit(SHOWN).map(CodebookVerifyCommand::text).forEach(console::println);
        if (findings.size() > SHOWN) {
            console.println("and %s more".formatted(count(findings.size() - SHOWN)));
        }
        console.error(
                "codebook %s: %s of %s items checked are not published as they should be"
                        .formatted(version, count(findings.size()), count(verification.checked())));
        if (manifest.getStatus() == CodebookStatus.SHADOW) {
            console.note(
                    "it is a SHADOW: items from before it was published get their SIDs with"
                            + " `sidestream codebook backfill %s`".formatted(version));
        } else {
            console.note(
                    "`sidestream codebook backfill %s --again` indexes all embeddings under it once"
                                    .formatted(version)
                            + " more, wherever an earlier backfill has ended");
        }
    }

    private static String text(Finding finding) {
        String item = "\"%s\"".formatted(Console.printable(finding.itemId()));
        String place = "partition %d, offset %d".formatted(finding.partition(), finding.offset());
        return switch (finding.kind()) {
            case WRONG_CODES ->
                    "%s has the codes %s, but its embedding at %s has %s"
                            .formatted(item, finding.published(), place, finding.expected());
            case MISSING ->
                    "%s has no SID, but its embedding at %s has the codes %s"
                            .formatted(item, place, finding.expected());
            case SURPLUS ->
                    finding.partition() < 0
                            ? "%s has the codes %s, but is not among the embeddings"
                                    .formatted(item, finding.published())
                            : "%s has the codes %s, but was deleted at %s"
                                    .formatted(item, finding.published(), place);
        };
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
