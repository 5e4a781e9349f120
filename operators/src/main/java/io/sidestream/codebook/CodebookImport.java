package io.sidestream.codebook;

import io.sidestream.codebook.Safetensors.Header;
import io.sidestream.codebook.Safetensors.Tensor;
import io.sidestream.embedding.EmbeddingFileException;
import io.sidestream.embedding.NpyReader;
import io.sidestream.embedding.NpzFile;
import io.sidestream.schema.Quote;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes codebooks of what other tools write. A file's kind is told from its first bytes:
 *
 * <ul>
 *   <li>{@code .npz} with the arrays {@code codebook_0}..{@code codebook_{L-1}}, each K x d;
 *   <li>{@code .npy} with one array L x K x d;
 *   <li>{@code .safetensors} with the tensors {@code layer_1}..{@code layer_L}, each K x d; also a
 *       codebook of our own, which thus gets another version name;
 *   <li>a FAISS index file with a trained {@code IndexResidualQuantizer}.
 * </ul>
 *
 * <p>Values of other float types become float32, rounded where float64; the fact {@code
 * source_dtype} records from what.
 */
public final class CodebookImport {
    private static final Logger LOG = LoggerFactory.getLogger(CodebookImport.class);
    private static final String ARRAY = "codebook_";
    private static final Pattern FAISS_TYPE = Pattern.compile("[A-Za-z][A-Za-z0-9]{3}");

    private CodebookImport() {}

    /**
     * Reads a codebook.
     *
     * @param version name of the new codebook version, {@code [A-Za-z0-9._-]{1,64}}
     * @param normalize whether embeddings are to be divided by their norm before quantization. Only
     *     a codebook of our own says so itself, and then must say the same
     * @throws CodebookFileException when the file is of no known kind, malformed, truncated, of the
     *     wrong shape, or holds values that are not finite
     * @throws IllegalArgumentException when the version's name is not a proper one
     */
    public static Codebook read(Path file, String version, boolean normalize) throws IOException {
        Codebook.requireVersion(version);
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(9);
        }
        String magic = new String(start, StandardCharsets.ISO_8859_1);
        try {
            if (magic.startsWith("PK")) {
                return readNpz(file, version, normalize);
            }
            if (magic.startsWith("\u0093NUMPY")) {
                return readNpy(file, version, normalize);
            }
            if (magic.length() > 8 && magic.charAt(8) == '{') {
                return readSafetensors(file, version, normalize);
            }
            if (magic.length() >= 4 && FAISS_TYPE.matcher(magic.substring(0, 4)).matches()) {
                return readFaiss(file, version, normalize);
            }
        } catch (EmbeddingFileException e) {
            // The arrays are read by the parser of embedding files, but this is a codebook file.
            throw new CodebookFileException(e);
        }
        throw new CodebookFileException(
                file.toString(),
                start.length == 0
                        ? "is empty"
                        : "is of no known kind: a codebook is imported from .npz, .npy,"
                                + " .safetensors or a FAISS IndexResidualQuantizer file");
    }

    private static Codebook readNpz(Path file, String version, boolean normalize)
            throws IOException {
        try (NpzFile archive = NpzFile.open(file)) {
            List<String> names = archive.names();
            int count = (int) names.stream().filter(name -> name.matches(ARRAY + "\\d+")).count();
            if (count == 0) {
                throw new CodebookFileException(
                        file.toString(),
                        "has the arrays "
                                + Quote.excerpt(names)
                                + "; a codebook has codebook_0, codebook_1 and so on, one a layer");
            }
            if (count > CodebookLimits.MAX_LAYERS) {
                throw new CodebookFileException(
                        file.toString(),
                        "has %d layers; a codebook has at most %d"
                                .formatted(count, CodebookLimits.MAX_LAYERS));
            }
            float[][] layers = new float[count][];
            List<String> types = new ArrayList<>();
            long dimension = 0;
            for (int i = 0; i < count; i++) {
                try (NpyReader array = archive.array(ARRAY + i)) {
                    long[] shape = array.shape();
                    if (shape.length != 2 || shape[0] < 1 || shape[1] < 1) {
                        throw new CodebookFileException(
                                array.source(),
                                "has shape "
                                        + array.shapeText()
                                        + "; codewords x dimension is needed");
                    }
                    if (i > 0 && shape[1] != dimension) {
                        throw new CodebookFileException(
                                array.source(),
                                "has dimension %d, but codebook_0 has %d: all layers must have the"
                                                .formatted(shape[1], dimension)
                                        + " same");
                    }
                    dimension = shape[1];
                    requireWithinLimits(array, 1, shape[0], shape[1]);
                    types.add(array.dtype());
                    layers[i] = array.readAllFloats();
                }
            }
            return imported(file, "npz", types, version, (int) dimension, normalize, layers);
        }
    }

    private static Codebook readNpy(Path file, String version, boolean normalize)
            throws IOException {
        try (NpyReader array = NpyReader.open(file)) {
            long[] shape = array.shape();
            if (shape.length != 3 || shape[0] < 1 || shape[1] < 1 || shape[2] < 1) {
                throw new CodebookFileException(
                        file.toString(),
                        "has shape "
                                + array.shapeText()
                                + "; layers x codewords x dimension is needed");
            }
            requireWithinLimits(array, shape[0], shape[1], shape[2]);
            float[] all = array.readAllFloats();
            int layerLength = (int) (shape[1] * shape[2]);
            float[][] layers = new float[(int) shape[0]][layerLength];
            for (int i = 0; i < layers.length; i++) {
                System.arraycopy(all, i * layerLength, layers[i], 0, layerLength);
            }
            return imported(
                    file,
                    "npy",
                    List.of(array.dtype()),
                    version,
                    (int) shape[2],
                    normalize,
                    layers);
        }
    }

    /** Checks the numbers of a header before anything is allocated. */
    private static void requireWithinLimits(
            NpyReader array, long layers, long codewords, long dimension)
            throws CodebookFileException {
        if (layers > CodebookLimits.MAX_LAYERS
                || codewords > CodebookLimits.MAX_CODEWORDS
                || layers * codewords > CodebookLimits.MAX_CODEWORDS
                || dimension > CodebookLimits.MAX_DIMENSION) {
            throw new CodebookFileException(
                    array.source(),
                    "has shape %s; a codebook has at most %d layers, %d codewords in all, and dimension %d"
                            .formatted(
                                    array.shapeText(),
                                    CodebookLimits.MAX_LAYERS,
                                    CodebookLimits.MAX_CODEWORDS,
                                    CodebookLimits.MAX_DIMENSION));
        }
    }

    private static Codebook readSafetensors(Path file, String version, boolean normalize)
            throws IOException {
        String source = file.toString();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            Header header = Safetensors.readHeader(in, OptionalLong.of(Files.size(file)), source);
            if (CodebookFile.FORMAT.equals(header.metadata().get("format"))) {
                Codebook codebook = CodebookFile.readCodebook(in, header, source);
                if (codebook.normalize() != normalize) {
                    throw new CodebookFileException(
                            source,
                            "is a codebook with normalize=%s: import it %s normalization"
                                    .formatted(
                                            codebook.normalize(),
                                            codebook.normalize() ? "with" : "without"));
                }
                return codebook.withVersion(version);
            }
            float[][] layers = CodebookFile.readLayers(in, header, source);
            List<String> types =
                    header.tensors().stream()
                            .map(Tensor::type)
                            .map(Safetensors.Type::name)
                            .toList();
            int dimension = header.tensors().get(0).columns();
            return imported(file, "safetensors", types, version, dimension, normalize, layers);
        }
    }

    private static Codebook readFaiss(Path file, String version, boolean normalize)
            throws IOException {
        FaissFile index = FaissFile.read(file);
        return imported(
                file,
                "faiss",
                List.of("<f4"),
                version,
                index.dimension(),
                normalize,
                index.layers());
    }

    private static Codebook imported(
            Path file,
            String format,
            List<String> types,
            String version,
            int dimension,
            boolean normalize,
            float[][] layers)
            throws CodebookFileException {
        String dtype = types.stream().distinct().collect(Collectors.joining(","));
        if (!dtype.equals("<f4") && !dtype.equals("F32")) {
            LOG.info("{}: values of type {} were converted to float32", file, dtype);
        }
        Map<String, String> facts = new TreeMap<>();
        facts.put("source_format", format);
        facts.put("source_dtype", dtype);
        return CodebookFile.codebook(file.toString(), version, dimension, normalize, layers, facts);
    }
}
