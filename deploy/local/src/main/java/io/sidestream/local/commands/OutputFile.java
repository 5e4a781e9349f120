package io.sidestream.local.commands;

import io.sidestream.local.UserError;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks at a file that is to be written, before the work that leads to it is begun. */
final class OutputFile {

    private OutputFile() {}

    /**
     * Insists that a file can be written.
     *
     * @param option that names it
     * @throws UserError if it is a directory, or in none that can be written to
     */
    static void requireWritable(String option, Path file) {
        if (Files.isDirectory(file)) {
            throw new UserError("%s %s is a directory; name a file".formatted(option, file));
        }
        Path directory = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new UserError(
                    "%s %s cannot be written: %s is no directory that can be written to"
                            .formatted(option, file, directory));
        }
    }
}
