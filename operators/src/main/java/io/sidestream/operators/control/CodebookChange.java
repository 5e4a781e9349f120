package io.sidestream.operators.control;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookLimits;
import io.sidestream.operators.AsItCameFormat;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.RecordType;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.Quote;
import io.sidestream.schema.SingleObjectFormat;
import java.nio.charset.StandardCharsets;

/**
 * A codebook version appeared, changed its status, or went away.
 *
 * @param origin the record of {@code sid-codebooks} that says so
 * @param version the version
 * @param manifest what is known of it; null: it is forgotten
 */
public record CodebookChange(IncomingRecord origin, String version, CodebookManifest manifest) {

    public static final RecordType<CodebookChange> TYPE =
            RecordType.of(CodebookChange.class, new Format());

    /** Characters of a manifest's URI. */
    private static final int MAX_URI = 2048;

    /** Whether items are assigned under the version from now on; once they are not, it is final. */
    public boolean isLive() {
        return manifest != null && manifest.getStatus() != CodebookStatus.RETIRED;
    }

    /**
     * Reads a record of {@code sid-codebooks}.
     *
     * @throws MalformedRecordException if it is not a manifest under its version's key
     */
    static CodebookChange decode(IncomingRecord record, SingleObjectFormat<CodebookManifest> format)
            throws MalformedRecordException {
        if (record.key() == null) {
            throw refusal("The record has no key; it must be the codebook version in UTF-8");
        }
        String version = new String(record.key(), StandardCharsets.UTF_8);
        try {
            Codebook.requireVersion(version);
        } catch (IllegalArgumentException e) {
            throw refusal("%s", e.getMessage());
        }
        if (record.value() == null) {
            return new CodebookChange(record, version, null);
        }
        CodebookManifest manifest = format.decode(record.value());
        if (!manifest.getVersion().equals(version)) {
            throw refusal(
                    "The manifest of version %s has the key %s; they must be equal",
                    Quote.quote(manifest.getVersion()), Quote.quote(version));
        }
        requireWithinLimits(manifest);
        return new CodebookChange(record, version, manifest);
    }

    /**
     * Whether a version that was as said before may now be as said here.
     *
     * @throws MalformedRecordException if not
     */
    void requireSuccessorOf(CodebookChange before) throws MalformedRecordException {
        if (!isLive()) {
            return;
        }
        if (!before.isLive()) {
            throw refusal(
                    "Codebook version '%s' has been retired, and a retired version never comes"
                            + " back: what was indexed under it is being removed; publish under a new"
                            + " name",
                    version);
        }
        if (!isSameCodebook(before.manifest, manifest)) {
            throw refusal(
                    "Codebook version '%s' is published already with other contents (SHA-256 %s,"
                            + " not %s), and a version never changes; publish under a new name",
                    version, before.manifest.getSha256(), manifest.getSha256());
        }
    }

    private static boolean isSameCodebook(CodebookManifest one, CodebookManifest other) {
        return one.getSha256().equals(other.getSha256())
                && one.getDimension() == other.getDimension()
                && one.getNormalize() == other.getNormalize()
                && one.getLayerSizes().equals(other.getLayerSizes());
    }

    /**
     * Checks that a manifest's numbers are within the limits of {@link CodebookLimits}; what
     * follows from them, such as the size of a report, is then bounded.
     *
     * @throws MalformedRecordException if they are not
     */
    private static void requireWithinLimits(CodebookManifest manifest)
            throws MalformedRecordException {
        try {
            CodebookLimits.requireShape(
                    manifest.getDimension(),
                    manifest.getLayerSizes().stream().mapToInt(Integer::intValue).toArray());
            CodebookLimits.requireSha256(manifest.getSha256());
        } catch (IllegalArgumentException e) {
            throw refusal(
                    "The manifest of version '%s': %s", manifest.getVersion(), e.getMessage());
        }
        if (manifest.getUri().length() > MAX_URI) {
            throw refusal(
                    "The manifest of version '%s' has a URI of %d characters; at most %d are"
                            + " possible",
                    manifest.getVersion(), manifest.getUri().length(), MAX_URI);
        }
    }

    private static MalformedRecordException refusal(String message, Object... arguments) {
        return new MalformedRecordException(
                DeadLetterCause.UNDECODABLE, message.formatted(arguments));
    }

    /** Layout: the record as it came. */
    public static final class Format extends AsItCameFormat<CodebookChange> {

        private static final long serialVersionUID = 1L;

        @Override
        protected IncomingRecord origin(CodebookChange value) {
            return value.origin;
        }

        @Override
        protected CodebookChange decode(IncomingRecord record) throws MalformedRecordException {
            return CodebookChange.decode(record, SingleObjectFormat.of(CodebookManifest.class));
        }
    }
}
