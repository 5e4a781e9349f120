package io.sidestream.operators.assign;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.Quote;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;
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
     * @throws IOException if the file is missing, damaged, or another, or does not fit into memory
     */
    public static Codebook load(CodebookManifest manifest) throws IOException {
        try {
            return load(manifest, () -> {}, codebook -> codebook);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while other codebooks were loaded", e);
        }
    }

    /**
     * Reads a file as {@link #load(CodebookManifest)} does, and makes a quantizer of it.
     *
     * @param progress to be kept up to date
     */
    static ResidualQuantizer loadQuantizer(CodebookManifest manifest, StoreRead.Progress progress)
            throws IOException, InterruptedException {
        return load(manifest, progress::answered, Codebook::quantizer);
    }

    private static <T> T load(
            CodebookManifest manifest, Runnable answered, Function<Codebook, T> make)
            throws IOException, InterruptedException {
        Path file = path(manifest);
        try {
            FileSystem files = file.getFileSystem();
            long length = files.getFileStatus(file).getLen();
            requireLength(manifest, length);
            answered.run();
            try (HeapReservation reserved = HeapReservation.of(manifest, answered)) {
                Runnable advance =
                        () -> {
                            reserved.advance();
                            answered.run();
                        };
                try (InputStream in = new ObservedStream(files.open(file), advance)) {
                    return make.apply(read(in, length, manifest));
                }
            }
        } catch (FileNotFoundException e) {
            throw new IOException(
                    "%s does not exist; the store must be reachable from every machine of the job"
                            .formatted(Quote.excerpt(manifest.getUri())),
                    e);
        }
    }

    private static Codebook read(InputStream in, long length, CodebookManifest manifest)
            throws IOException {
        CodebookFile.Loaded loaded =
                CodebookFile.read(in, OptionalLong.of(length), manifest.getUri());
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

    /** Before a byte of a file is read: it must be about as long as the manifest's codewords. */
    private static void requireLength(CodebookManifest manifest, long length) throws IOException {
        long least = CodebookFile.valueBytes(manifest.getDimension(), manifest.getLayerSizes());
        long most = least + CodebookFile.MAX_HEADER_BYTES;
        if (length < least || length > most) {
            throw new IOException(
                    "%s has %d bytes; a codebook of the manifest's shape has from %d to %d; publish the version again"
                            .formatted(Quote.quote(manifest.getUri()), length, least, most));
        }
    }

    private static Path path(CodebookManifest manifest) throws IOException {
        try {
            URI uri = URI.create(manifest.getUri());
            if (uri.getScheme() == null || uri.getPath() == null) {
                throw new IllegalArgumentException("it is not absolute");
            }
            return new Path(uri);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "%s is not the URI of a file; publish the version again"
                            .formatted(Quote.quote(manifest.getUri())),
                    e);
        }
    }

    private static void requireEqual(
            CodebookManifest manifest, String what, Object expected, Object found)
            throws IOException {
        if (!expected.equals(found)) {
            throw new IOException(
                    "%s is not what its manifest says: %s is %s, expected %s; publish the version again"
                            .formatted(
                                    Quote.excerpt(manifest.getUri()),
                                    what,
                                    Quote.excerpt(found),
                                    Quote.excerpt(expected)));
        }
    }
}
