package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.local.UserError;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.operators.assign.CodebookStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the codebook that a training is to start from. */
final class WarmStart {

    private WarmStart() {}

    /**
     * Reads a file, or else, if there is none of that name, what is published as that version.
     *
     * @throws UserError if there is neither
     */
    static Codebook read(String fileOrVersion, Connection connection)
            throws IOException, InterruptedException {
        Path file = Path.of(fileOrVersion);
        return Files.isRegularFile(file)
                ? CodebookFile.read(file).codebook()
                : CodebookStore.load(
                        new CodebookRegistry(connection).read().require(fileOrVersion));
    }
}
