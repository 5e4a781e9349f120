package io.sidestream.codebook;

import static io.sidestream.schema.Quote.excerpt;
import static io.sidestream.schema.Quote.quote;

import io.sidestream.codebook.Safetensors.Header;
import io.sidestream.codebook.Safetensors.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The file format of codebooks: safetensors with the tensors {@code layer_1}..{@code layer_L}, each
 * float32 of shape {@code K_l} x {@code d}, and this metadata: {@code format} ({@value #FORMAT}),
 * {@code format_version}, {@code version}, {@code dimension}, {@code normalize}, and {@code
 * fact.<name>} for each of the codebook's facts.
 *
 * <p>The same codebook always makes the same bytes, so its SHA-256 (64 lower-case hexadecimal
 * digits) names its contents.
 */
public final class CodebookFile {
    static final String FORMAT = "sidestream-codebook";
    private static final String FORMAT_VERSION = "1";
    private static final String FACT = "fact.";

    /** What a file may have besides the codewords' values, in bytes. */
    public static final int MAX_HEADER_BYTES = Long.BYTES + Safetensors.MAX_HEADER;

    private CodebookFile() {}

    /** Bytes of the values of a codebook of some shape. */
    public static long valueBytes(int dimension, List<Integer> layerSizes) {
        return layerSizes.stream().mapToLong(size -> (long) size * dimension).sum() * Float.BYTES;
    }

    /** A codebook, and the SHA-256 of the bytes it was read from. */
    public record Loaded(Codebook codebook, String sha256) {}

    /**
     * Writes a file, which appears whole or not at all; one of the same name is replaced.
     *
     * @return the file's SHA-256
     */
    public static String write(Codebook codebook, Path file) throws IOException {
        Path target = file.toAbsolutePath();
        // Not Files.createTempFile: only its owner could read that one.
        Path unfinished =
                target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
        try {
            String sha256;
            try (OutputStream out =
                    Files.newOutputStream(unfinished, StandardOpenOption.CREATE_NEW)) {
                sha256 = write(codebook, out);
            }
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(
                    unfinished,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return sha256;
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /**
     * Writes the bytes of a file to {@code out}, which stays open.
     *
     * @return the SHA-256 of what was written
     */
    public static String write(Codebook codebook, OutputStream out) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", FORMAT);
        metadata.put("format_version", FORMAT_VERSION);
        metadata.put("version", codebook.version());
        metadata.put("dimension", Integer.toString(codebook.dimension()));
        metadata.put("normalize", Boolean.toString(codebook.normalize()));
        codebook.facts().forEach((name, value) -> metadata.put(FACT + name, value));
        List<Tensor> tensors = new ArrayList<>();
        long end = 0;
        for (int l = 1; l <= codebook.layers(); l++) {
            Tensor tensor =
                    new Tensor(
                            tensorName(l),
                            Safetensors.Type.F32,
                            codebook.layerSize(l),
                            codebook.dimension(),
                            end);
            tensors.add(tensor);
            end = tensor.end();
        }
        DigestOutputStream digested = new DigestOutputStream(out, newSha256());
        Safetensors.writeHeader(digested, metadata, tensors);
        for (int l = 1; l <= codebook.layers(); l++) {
            Safetensors.writeFloats(digested, codebook.layer(l));
        }
        digested.flush();
        return hex(digested.getMessageDigest());
    }

    /**
     * Reads a file.
     *
     * @throws CodebookFileException when the file is not a codebook, is damaged, or was written by
     *     a newer version
     */
    public static Loaded read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, OptionalLong.of(Files.size(file)), file.toString());
        }
    }

    /**
     * Reads a codebook from a stream to its end, once and without buffering it as a whole; {@code
     * in} stays open.
     *
     * @param source name of the stream, for messages
     * @throws CodebookFileException as {@link #read(Path)}
     */
    public static Loaded read(InputStream in, String source) throws IOException {
        return read(in, OptionalLong.empty(), source);
    }

    /**
     * Reads only the facts, which stand at the beginning of a file; whether the rest of it is as it
     * should be is left open.
     *
     * @param source name of the stream, for messages
     * @throws CodebookFileException if it does not begin as a codebook does
     */
    public static Map<String, String> readFacts(InputStream in, String source) throws IOException {
        return facts(Safetensors.readHeader(in, OptionalLong.empty(), source).metadata());
    }

    /**
     * Reads a codebook as {@link #read(InputStream, String)} does.
     *
     * @param length bytes of the whole stream, if known: no more than that is allocated
     */
    public static Loaded read(InputStream in, OptionalLong length, String source)
            throws IOException {
        DigestInputStream digested = new DigestInputStream(in, newSha256());
        Header header = Safetensors.readHeader(digested, length, source);
        Map<String, String> metadata = header.metadata();
        if (!FORMAT.equals(metadata.get("format"))) {
            throw new CodebookFileException(
                    source,
                    "is a safetensors file, but not a Sidestream codebook: import it with"
                            + " \"codebook import\"");
        }
        for (Tensor tensor : header.tensors()) {
            if (tensor.type() != Safetensors.Type.F32) {
                throw new CodebookFileException(
                        source,
                        "is corrupt: tensor %s has dtype %s, and a codebook has F32 only"
                                .formatted(excerpt(tensor.name()), tensor.type()));
            }
        }
        Codebook codebook = readCodebook(digested, header, source);
        return new Loaded(codebook, hex(digested.getMessageDigest()));
    }

    /** SHA-256 of a file's bytes, whatever they are. */
    public static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            DigestInputStream digested = new DigestInputStream(in, newSha256());
            digested.transferTo(OutputStream.nullOutputStream());
            return hex(digested.getMessageDigest());
        }
    }

    /** Makes a codebook of a file that says it is one. */
    static Codebook readCodebook(InputStream in, Header header, String source) throws IOException {
        Map<String, String> metadata = header.metadata();
        if (!FORMAT_VERSION.equals(metadata.get("format_version"))) {
            throw new CodebookFileException(
                    source,
                    "has codebook format version %s, and this program reads version %s: update it"
                            .formatted(quote(metadata.get("format_version")), FORMAT_VERSION));
        }
        String normalize = metadata.getOrDefault("normalize", "");
        if (!normalize.equals("true") && !normalize.equals("false")) {
            throw new CodebookFileException(
                    source,
                    "is corrupt: normalize is " + quote(normalize) + " and not true or false");
        }
        float[][] layers = readLayers(in, header, source);
        int dimension = header.tensors().get(0).columns();
        if (!Integer.toString(dimension).equals(metadata.get("dimension"))) {
            throw new CodebookFileException(
                    source,
                    "is corrupt: its metadata says dimension %s, its layers have %d"
                            .formatted(quote(metadata.get("dimension")), dimension));
        }
        return codebook(
                source,
                metadata.getOrDefault("version", ""),
                dimension,
                Boolean.parseBoolean(normalize),
                layers,
                facts(metadata));
    }

    private static Map<String, String> facts(Map<String, String> metadata) {
        Map<String, String> facts = new TreeMap<>();
        metadata.forEach(
                (name, value) -> {
                    if (name.startsWith(FACT)) {
                        facts.put(name.substring(FACT.length()), value);
                    }
                });
        return facts;
    }

    /** Reads {@code layer_1}..{@code layer_L} and the end of the file after them. */
    static float[][] readLayers(InputStream in, Header header, String source) throws IOException {
        List<Tensor> tensors = header.tensors();
        Map<String, Integer> indices = new HashMap<>();
        for (int layer = 1; layer <= tensors.size(); layer++) {
            indices.put(tensorName(layer), layer - 1);
        }
        List<String> names = tensors.stream().map(Tensor::name).toList();
        if (tensors.isEmpty() || !indices.keySet().equals(Set.copyOf(names))) {
            throw new CodebookFileException(
                    source,
                    "has the tensors "
                            + excerpt(names)
                            + "; a codebook has layer_1, layer_2 and so on, and no others");
        }
        requireWithinLimits(
                source,
                tensors.get(0).columns(),
                tensors.stream().mapToInt(Tensor::rows).toArray());
        int dimension = tensors.get(0).columns();
        for (Tensor tensor : tensors) {
            if (tensor.columns() != dimension) {
                throw new CodebookFileException(
                        source,
                        "%s has dimension %d, but %s has %d: all layers must have the same"
                                .formatted(
                                        excerpt(tensor.name()),
                                        tensor.columns(),
                                        excerpt(tensors.get(0).name()),
                                        dimension));
            }
        }
        float[][] layers = new float[tensors.size()][];
        for (Tensor tensor : tensors) {
            layers[indices.get(tensor.name())] =
                    Safetensors.readTensor(in, tensor, header.lengthKnown(), source);
        }
        if (in.read() >= 0) {
            throw new CodebookFileException(source, "goes on after its last tensor: it is corrupt");
        }
        return layers;
    }

    /**
     * Checks a shape before anything of it is allocated.
     *
     * @throws CodebookFileException if it is beyond {@link CodebookLimits}
     */
    static void requireWithinLimits(String source, int dimension, int[] layerSizes)
            throws CodebookFileException {
        try {
            CodebookLimits.requireShape(dimension, layerSizes);
        } catch (IllegalArgumentException e) {
            throw new CodebookFileException(source, e.getMessage(), e);
        }
    }

    /** {@link Codebook#of}, with a file to blame. */
    static Codebook codebook(
            String source,
            String version,
            int dimension,
            boolean normalize,
            float[][] layers,
            Map<String, String> facts)
            throws CodebookFileException {
        try {
            return Codebook.of(version, dimension, normalize, layers, facts);
        } catch (IllegalArgumentException e) {
            throw new CodebookFileException(source, e.getMessage(), e);
        }
    }

    private static String tensorName(int layer) {
        return "layer_" + layer;
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
