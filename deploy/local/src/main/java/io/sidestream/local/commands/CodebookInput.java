package io.sidestream.local.commands;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.codebook.CodebookFileException;
import io.sidestream.codebook.CodebookImport;
import io.sidestream.local.UserError;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A codebook read from a file of any kind that can be imported.
 *
 * @param imported whether the file was another tool's
 */
record CodebookInput(Codebook codebook, boolean imported) {

    /**
     * Reads a file.
     *
     * @param versionOrNull name of the version, or null for the one that the file itself gives
     * @param normalize whether embeddings are to be normalized; only files of other tools need to
     *     be told, a codebook of our own says so itself
     * @throws UserError if the version has no name, or one that is not legal
     */
    static CodebookInput read(Path file, String versionOrNull, boolean normalize)
            throws IOException {
        try {
            Codebook own = ownOrNull(file);
            if (own != null && (own.normalize() || !normalize)) {
                return new CodebookInput(
                        versionOrNull == null ? own : own.withVersion(versionOrNull), false);
            }
            // Another tool's, or damaged, or at odds with the option: the importer says which.
            String version = versionOrNull == null ? "imported" : versionOrNull;
            Codebook codebook = CodebookImport.read(file, version, normalize);
            if (versionOrNull == null) {
                throw new UserError(
                        "%s does not say which codebook version it is; name it with --version"
                                .formatted(file));
            }
            return new CodebookInput(codebook, true);
        } catch (IllegalArgumentException e) {
            throw new UserError(e.getMessage(), e);
        }
    }

    private static Codebook ownOrNull(Path file) throws IOException {
        try {
            return CodebookFile.read(file).codebook();
        } catch (CodebookFileException e) {
            return null;
        }
    }
}
