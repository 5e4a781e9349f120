package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.Codebook;
import io.sidestream.jobs.Liveness;
import io.sidestream.local.UserError;
import io.sidestream.local.commands.ReplicationOption;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.CodebookRegistry.Publication;
import io.sidestream.local.kafka.Codebooks;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.local.versions.Versions;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.schema.CodebookManifest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "publish",
        description = {
            "Put a codebook into the store and announce it to the job.",
            "From then on every item that arrives gets a SID of this version, too. Waits until",
            "every subtask of the job has it."
        })
final class CodebookPublishCommand implements Callable<Integer> {

    @Option(
            names = "--file",
            paramLabel = "FILE",
            required = true,
            description = "The codebook, of any kind that `codebook import` takes.")
    private Path file;

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "Name of the version (default: the one in the file).")
    private String version;

    @Option(
            names = "--activate",
            description = {
                "Make it the version that retrievers use; the one that was so far becomes READY.",
                "Without, it is filled beside the active one as a SHADOW."
            })
    private boolean activate;

    @Option(
            names = "--normalize",
            description =
                    "Another tool's codebook was trained on embeddings divided by their L2 norm.")
    private boolean normalize;

    @Option(
            names = "--store",
            paramLabel = "URI",
            description = {
                "Folder for codebook files, on any file system that Flink knows. Every machine of"
                        + " the job must be able to read it",
                "(default: file:${sys:user.home}/.sidestream/codebooks)."
            })
    private String store;

    @Mixin private AlignOptions align;
    @Mixin private ForceOption force;
    @Mixin private WaitOptions wait;
    @Mixin private ReplicationOption replication;
    @Mixin private ConnectionOptions connectionOptions;

    private final Console console;

    CodebookPublishCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Connection connection = connectionOptions.connection();
        CodebookInput input = CodebookInput.read(file, version, null, normalize);
        if (input.imported()) {
            console.note("%s was converted".formatted(file));
        }
        Codebook codebook = align.apply(input.codebook(), connection, console);
        Publication publication =
                new CodebookRegistry(connection)
                        .publish(
                                codebook,
                                new CodebookStore(storeUri()),
                                activate,
                                before -> requireAllowed(before, codebook.version()),
                                replication.factor());
        CodebookManifest manifest = publication.manifest();
        console.println(
                "%s is %s%s"
                        .formatted(
                                codebook,
                                manifest.getStatus(),
                                publication.changed() ? "" : " already"));
        for (CodebookManifest other : publication.demoted()) {
            console.println(
                    "codebook %s is %s now".formatted(other.getVersion(), other.getStatus()));
        }
        console.println("file     " + manifest.getUri());
        console.println("updates  " + connection.topics().updates(codebook.version()));
        for (CodebookManifest other : publication.incompatible()) {
            console.warn(
                    ("codebook %s takes embeddings of dimension %d, but %s takes %d: every"
                                    + " embedding will be a dead letter for one of them")
                            .formatted(
                                    codebook.version(),
                                    codebook.dimension(),
                                    other.getVersion(),
                                    other.getDimension()));
        }
        if (wait.wanted()) {
            new Versions(connection)
                    .awaitLive(
                            codebook.version(), publication.changed(), wait.timeout(), this::show);
        }
        return 0;
    }

    private void requireAllowed(Codebooks before, String codebookVersion) {
        if (activate) {
            Versions.requireActivatable(before, codebookVersion, force.given());
        }
    }

    private void show(Liveness liveness) {
        if (liveness.subtasks() == 0) {
            console.note("waiting for the indexing job to take it up");
        } else {
            console.note(
                    "%d of %d subtasks of the indexing job assign items under it"
                            .formatted(liveness.live(), liveness.subtasks()));
        }
    }

    private URI storeUri() {
        if (store == null) {
            return URI.create(StoreOptions.DEFAULT_ROOT);
        }
        // A plain path is a folder of this machine.
        return store.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")
                ? uri(store)
                : Path.of(store).toAbsolutePath().normalize().toUri();
    }

    private static URI uri(String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new UserError("--store %s is no URI: %s".formatted(text, e.getMessage()), e);
        }
    }
}
