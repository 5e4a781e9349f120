package io.sidestream.codebook;

import static io.sidestream.schema.Quote.quote;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Reads the codebooks out of a FAISS index file that holds an {@code IndexResidualQuantizer}: the
 * index header, then the quantizer, then the codes of the vectors that were added. All numbers are
 * little-endian; a vector is a 64-bit count and its elements. The layout is what {@code
 * faiss/impl/index_read.cpp} reads.
 */
final class FaissFile implements Closeable {
    private static final String RESIDUAL_QUANTIZER = "IxRq";

    /** FAISS before 1.7.2 put the training parameters before the codebooks. */
    private static final String OLD_RESIDUAL_QUANTIZER = "IxRQ";

    private static final int MAX_BITS = 20;

    /** Inner product and L2; those behind them have an argument in the file. */
    private static final int LAST_METRIC_WITHOUT_ARGUMENT = 1;

    /** L1, Linf and Lp. */
    private static final int LAST_LP_METRIC = 4;

    /** From Canberra on. */
    private static final int FIRST_OTHER_METRIC = 20;

    private static final int LAST_OTHER_METRIC = 25;

    /** Search types from here on keep a table of quantized norms in the file. */
    private static final int FIRST_SEARCH_TYPE_WITH_NORM_CODES = 6;

    private static final int FIRST_SEARCH_TYPE_WITH_NORM_TABLES = 8;
    private static final int LAST_SEARCH_TYPE = 9;

    private static final Map<String, String> OTHER_INDEXES =
            Map.ofEntries(
                    Map.entry("IxF2", "IndexFlatL2"),
                    Map.entry("IxFI", "IndexFlatIP"),
                    Map.entry("IxPQ", "IndexPQ"),
                    Map.entry("IxPo", "IndexPQ"),
                    Map.entry("IxPq", "IndexPQ"),
                    Map.entry("IxSQ", "IndexScalarQuantizer"),
                    Map.entry("IxLS", "IndexLocalSearchQuantizer"),
                    Map.entry("IxPR", "IndexProductResidualQuantizer"),
                    Map.entry("IxPL", "IndexProductLocalSearchQuantizer"),
                    Map.entry("IxPT", "IndexPreTransform"),
                    Map.entry("IwFl", "IndexIVFFlat"),
                    Map.entry("IwPQ", "IndexIVFPQ"),
                    Map.entry("ImRQ", "ResidualCoarseQuantizer"),
                    Map.entry("IRfs", "IndexResidualQuantizerFastScan"));

    private final String source;
    private final InputStream in;
    private long remaining;
    private int dimension;
    private float[][] layers;

    private FaissFile(Path file) throws IOException {
        this.source = file.toString();
        this.remaining = Files.size(file);
        this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    }

    static FaissFile read(Path file) throws IOException {
        try (FaissFile index = new FaissFile(file)) {
            index.readIndex();
            return index;
        }
    }

    int dimension() {
        return dimension;
    }

    /** {@code [L][2^nbits_l * dimension]}, row-major. */
    float[][] layers() {
        return layers;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void readIndex() throws IOException {
        String type = new String(bytes(4, "index type").array(), StandardCharsets.ISO_8859_1);
        boolean old = type.equals(OLD_RESIDUAL_QUANTIZER);
        if (!old && !type.equals(RESIDUAL_QUANTIZER)) {
            throw new CodebookFileException(
                    source,
                    "holds a FAISS index of type %s (%s); only IndexResidualQuantizer is accepted"
                            .formatted(quote(type), OTHER_INDEXES.getOrDefault(type, "unknown")));
        }
        dimension = int32("dimension");
        long vectors = int64("number of vectors");
        skip(2 * Long.BYTES, "index header");
        boolean trained = uint8("index header") != 0;
        int metric = int32("metric type");
        boolean known =
                (metric >= 0 && metric <= LAST_LP_METRIC)
                        || (metric >= FIRST_OTHER_METRIC && metric <= LAST_OTHER_METRIC);
        if (!known) {
            throw corrupt("its metric type is %d, which FAISS does not have".formatted(metric));
        }
        if (metric > LAST_METRIC_WITHOUT_ARGUMENT) {
            skip(Float.BYTES, "metric argument");
        }
        if (int64("quantizer dimension") != dimension
                || dimension < 1
                || dimension > CodebookLimits.MAX_DIMENSION) {
            throw corrupt("its dimension is " + dimension + ", or its quantizer has another");
        }
        int[] bits = bitsPerLayer();
        if (!trained || uint8("quantizer header") == 0) {
            throw new CodebookFileException(
                    source,
                    "holds an index that is not trained: call its train() and save it again");
        }
        if (old) {
            skip(2 * Integer.BYTES, "training parameters");
        }
        layers = codebooks(bits);
        skipRest(vectors, old);
    }

    private int[] bitsPerLayer() throws IOException {
        long layers = int64("number of layers");
        if (layers < 1 || layers > CodebookLimits.MAX_LAYERS || int64("bits per layer") != layers) {
            throw corrupt("it has " + layers + " layers, or not as many bit widths");
        }
        int[] bits = new int[(int) layers];
        for (int i = 0; i < bits.length; i++) {
            long width = int64("bits per layer");
            if (width < 0 || width > MAX_BITS) {
                throw corrupt("layer %d has %d bits".formatted(i + 1, width));
            }
            bits[i] = (int) width;
        }
        return bits;
    }

    private float[][] codebooks(int[] bits) throws IOException {
        long values = 0;
        for (int width : bits) {
            values += (long) dimension << width;
        }
        long stored = int64("size of the codebooks");
        if (stored != values) {
            throw corrupt(
                    "it stores %d codebook values, where its layers need %d"
                            .formatted(stored, values));
        }
        if (remaining / Float.BYTES < values) {
            throw truncated("codebooks");
        }
        CodebookFile.requireWithinLimits(
                source, dimension, Arrays.stream(bits).map(width -> 1 << width).toArray());
        float[][] codebooks = new float[bits.length][];
        for (int i = 0; i < codebooks.length; i++) {
            codebooks[i] = new float[dimension << bits[i]];
            for (int row = 0; row < codebooks[i].length; row += dimension) {
                bytes(dimension * Float.BYTES, "codebooks")
                        .asFloatBuffer()
                        .get(codebooks[i], row, dimension);
            }
        }
        return codebooks;
    }

    /** Goes through the rest for one reason: a file cut short has to be noticed. */
    private void skipRest(long vectors, boolean old) throws IOException {
        int searchType = int32("search type");
        if (searchType < 0 || searchType > LAST_SEARCH_TYPE) {
            throw corrupt("its search type is " + searchType);
        }
        skip(2 * Float.BYTES, "norm range");
        if (!old) {
            if (searchType >= FIRST_SEARCH_TYPE_WITH_NORM_CODES) {
                skipVector(Float.BYTES, "norm codes");
            }
            if (searchType >= FIRST_SEARCH_TYPE_WITH_NORM_TABLES) {
                skipVector(Float.BYTES, "norm tables");
            }
            skip(2 * Integer.BYTES, "training parameters");
        }
        long codeSize = int64("code size");
        long codes = skipVector(1, "codes");
        if (vectors < 0 || codeSize < 1 || codes / codeSize != vectors || codes % codeSize != 0) {
            throw corrupt(
                    "it has %d bytes of codes for %d vectors of %d bytes each"
                            .formatted(codes, vectors, codeSize));
        }
        if (remaining > 0) {
            throw corrupt("it goes on after its codes, for %d bytes".formatted(remaining));
        }
    }

    private long skipVector(int elementSize, String what) throws IOException {
        long count = int64(what);
        if (count < 0 || count > remaining / elementSize) {
            throw truncated(what);
        }
        skip(count * elementSize, what);
        return count;
    }

    private int uint8(String what) throws IOException {
        return Byte.toUnsignedInt(bytes(1, what).get());
    }

    private int int32(String what) throws IOException {
        return bytes(Integer.BYTES, what).getInt();
    }

    private long int64(String what) throws IOException {
        return bytes(Long.BYTES, what).getLong();
    }

    private ByteBuffer bytes(int count, String what) throws IOException {
        byte[] bytes = in.readNBytes((int) Math.min(count, remaining));
        if (bytes.length < count) {
            throw truncated(what);
        }
        remaining -= count;
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void skip(long count, String what) throws IOException {
        if (count > remaining) {
            throw truncated(what);
        }
        in.skipNBytes(count);
        remaining -= count;
    }

    private CodebookFileException truncated(String what) {
        return new CodebookFileException(
                source, "is a truncated FAISS file: it ends before or within its " + what);
    }

    private CodebookFileException corrupt(String problem) {
        return new CodebookFileException(source, "is a corrupt FAISS file: " + problem);
    }
}
