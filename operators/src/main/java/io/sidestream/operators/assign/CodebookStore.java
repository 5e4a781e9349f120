package io.sidestream.operators.assign;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;

/**
 * Where codebook files are: a folder on any file system that Flink knows, each file named by its
 * SHA-256. A file never changes once it is there, so that whoever holds its hash holds its content.
 */
public final class CodebookStore {

    private final Path root;

    /**
     * @param root the folder, {@code file:///var/lib/sidestream/codebooks} for example; made when
     *     the first file is put there
     */
    public CodebookStore(URI root) {
        this.root = new Path(root);
    }

    /**
     * Puts a codebook into the store, unless it is there.
     *
     * @return a manifest that points at the file
     */
    public CodebookManifest put(Codebook codebook, CodebookStatus status, Instant now)
            throws IOException {
        String sha256 = CodebookFile.write(codebook, OutputStream.nullOutputStream());
        FileSystem files = root.getFileSystem();
        Path file = new Path(root, sha256 + ".safetensors");
        if (!files.exists(file)) {
            files.mkdirs(root);
            Path unfinished = new Path(root, "." + sha256 + "." + UUID.randomUUID());
            try {
                try (OutputStream out = files.create(unfinished, WriteMode.NO_OVERWRITE)) {
                    CodebookFile.write(codebook, out);
                }
                if (!files.rename(unfinished, file) && !files.exists(file)) {
                    throw new IOException(
                            "Cannot rename %s to %s: is the folder writable?"
                                    .formatted(unfinished, file));
                }
            } finally {
                files.delete(unfinished, false); // nothing is there if all went well
            }
        }
        return CodebookManifest.newBuilder()
                .setVersion(codebook.version())
                .setUri(file.makeQualified(files).toUri().toString())
                .setSha256(sha256)
                .setDimension(codebook.dimension())
                .setLayerSizes(
                        Arrays.stream(codebook.layerSizes()).boxed().collect(Collectors.toList()))
                .setNormalize(codebook.normalize())
                .setStatus(status)
                .setPublishedAt(now.truncatedTo(ChronoUnit.MILLIS))
                .build();
    }

    /**
     * Reads the file that a manifest points at and checks that it is what the manifest says.
     *
     * @throws IOException if the file is missing, damaged, or another
     */
    public static Codebook load(CodebookManifest manifest) throws IOException {
        Path file = path(manifest);
        CodebookFile.Loaded loaded;
        try (InputStream in = file.getFileSystem().open(file)) {
            loaded = CodebookFile.read(in, manifest.getUri());
        } catch (FileNotFoundException e) {
            throw new IOException(
                    "%s does not exist; the store must be reachable from every machine of the job"
                            .formatted(manifest.getUri()),
                    e);
        }
        requireEqual(manifest, "sha256", manifest.getSha256(), loaded.sha256());
        Codebook codebook = loaded.codebook();
        requireEqual(manifest, "version", manifest.getVersion(), codebook.version());
        requireEqual(manifest, "dimension", manifest.getDimension(), codebook.dimension());
        requireEqual(manifest, "normalize", manifest.getNormalize(), codebook.normalize());
        requireEqual(
                manifest,
                "layer sizes",
                manifest.getLayerSizes(),
                Arrays.stream(codebook.layerSizes()).boxed().toList());
        return codebook;
    }

    /**
     * Reads what is known about a codebook's making, and nothing else of its file.
     *
     * @return the codebook's facts
     * @throws IOException if the file is missing or does not begin as a codebook does
     */
    public static Map<String, String> facts(CodebookManifest manifest) throws IOException {
        Path file = path(manifest);
        try (InputStream in = file.getFileSystem().open(file)) {
            return CodebookFile.readFacts(in, manifest.getUri());
        }
    }

    private static Path path(CodebookManifest manifest) throws IOException {
        try {
            return new Path(URI.create(manifest.getUri()));
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "'%s' is not a URI (%s); publish the version again"
                            .formatted(manifest.getUri(), e.getMessage()),
                    e);
        }
    }

    private static void requireEqual(
            CodebookManifest manifest, String what, Object expected, Object found)
            throws IOException {
        if (!expected.equals(found)) {
            throw new IOException(
                    "%s is not what its manifest says: %s is %s, expected %s; publish the version again"
                            .formatted(manifest.getUri(), what, found, expected));
        }
    }
}
