package io.sidestream.local.commands.codebook;

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
 * @param sha256OrNull the file's SHA-256; null if the file is another tool's
 */
public record CodebookInput(Codebook codebook, String sha256OrNull) {

    private static final String UNNAMED = "unnamed";

    /** Whether the file was another tool's. */
    public boolean imported() {
        return sha256OrNull == null;
    }

    /**
     * Reads a file to use its codebook.
     *
     * @param versionOrNull name of the version, or null for the one that the file itself gives
     * @param otherwiseOrNull name of the version if the file gives none, or null to refuse it then
     * @param normalize whether embeddings are to be normalized; only files of other tools need to
     *     be told, a codebook of our own says so itself
     * @throws UserError if the version has no name, or one that is not legal
     */
    public static CodebookInput read(
            Path file, String versionOrNull, String otherwiseOrNull, boolean normalize)
            throws IOException {
        try {
            CodebookFile.Loaded own = ownOrNull(file);
            if (own != null && (own.codebook().normalize() || !normalize)) {
                return new CodebookInput(
                        versionOrNull == null
                                ? own.codebook()
                                : own.codebook().withVersion(versionOrNull),
                        own.sha256());
            }
            // Another tool's, or damaged, or at odds with the option: the importer says which.
            String version = versionOrNull == null ? otherwiseOrNull : versionOrNull;
            Codebook codebook =
                    CodebookImport.read(file, version == null ? UNNAMED : version, normalize);
            if (version == null) {
                throw new UserError(
                        "%s does not say which codebook version it is; name it with --version"
                                .formatted(file));
            }
            return new CodebookInput(codebook, null);
        } catch (IllegalArgumentException e) {
            throw new UserError(e.getMessage(), e);
        }
    }

    /** Reads a file to look at it: a codebook of another tool may do without a name. */
    static CodebookInput look(Path file) throws IOException {
        CodebookFile.Loaded own = ownOrNull(file);
        return own != null
                ? new CodebookInput(own.codebook(), own.sha256())
                : new CodebookInput(CodebookImport.read(file, UNNAMED, false), null);
    }

    private static CodebookFile.Loaded ownOrNull(Path file) throws IOException {
        try {
            return CodebookFile.read(file);
        } catch (CodebookFileException e) {
            return null;
        }
    }
}
