package io.sidestream.quantize;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * SIMD search. Lanes lie across codewords and never across coordinates, so every score is the same
 * chain of multiply-adds as in {@link ScalarKernel}, and no sum is ever regrouped.
 *
 * <p>The loops are those of a blocked matrix product, outermost first:
 *
 * <pre>
 * block of rows     (ResidualBlock)  a panel that is read from memory serves all of its rows
 *   panel           some vectors of codewords, so that their scores for one block stay in cache
 *     slab          128 coordinates of the panel, which stay in the first-level cache
 *       tile        (Tile) a few rows by the panel's vectors: the scores stay in registers
 *         coordinate
 * </pre>
 *
 * <p>After a panel, the best score and codeword so far are updated in each lane; after the last
 * one, the lanes of a row are reduced to its code.
 */
final class VectorKernel implements Kernel {
    private static final VectorSpecies<Float> SPECIES = Vectors.SPECIES;
    private static final int LANES = Vectors.LANES;

    /** On x86, 512-bit vectors come with 32 registers, narrower ones with 16. */
    private static final Tile TILE = SPECIES.vectorBitSize() >= 512 ? new Tile8x2() : new Tile4x2();

    private static final int PANEL = TILE.vectors() * LANES;

    /**
     * Layers of up to 4 MiB are kept as rows, too: their search is so short that to pick a codeword
     * out of its panel would cost a few percent of it.
     */
    private static final int MAX_FLOATS_KEPT_AS_ROWS = 1 << 20;

    private final int dimension;
    private final PackedLayer[] layers;

    VectorKernel(int dimension, Layer[] layers) {
        this(dimension, layers, MAX_FLOATS_KEPT_AS_ROWS);
    }

    /** Also keeps the rows of layers of up to {@code maxFloatsKeptAsRows} values. */
    VectorKernel(int dimension, Layer[] layers, int maxFloatsKeptAsRows) {
        this.dimension = dimension;
        this.layers =
                Arrays.stream(layers)
                        .map(layer -> new PackedLayer(layer, maxFloatsKeptAsRows))
                        .toArray(PackedLayer[]::new);
    }

    @Override
    public String name() {
        return "vector(" + SPECIES.vectorBitSize() + ")";
    }

    @Override
    public RowArithmetic rows() {
        return new VectorRows();
    }

    @Override
    public Search newSearch(ResidualBlock block) {
        return new VectorSearch(block);
    }

    /**
     * A layer cut into panels of {@link #PANEL} codewords, and these into as many strips as a panel
     * has vectors. Within a strip the first coordinates of all codewords come first, then the
     * second ones, and so on: the order in which a tile reads. The last panel is filled up with
     * codewords that never win.
     *
     * <p>A large layer is kept in this order alone, and a codeword that is to be subtracted is
     * picked out of its strip, where its coordinates are one vector apart. Were the vectors of a
     * panel interleaved, they would be several apart, and take half as long again to read.
     */
    private final class PackedLayer {
        final int panels;
        final float[] codewords;
        final float[] halfSquaredNorms;

        /** The codewords, row-major, of a small layer; null for a large one. */
        final float[] rows;

        PackedLayer(Layer layer, int maxFloatsKeptAsRows) {
            panels = (layer.size() + PANEL - 1) / PANEL;
            codewords = new float[Math.multiplyExact(panels * PANEL, dimension)];
            halfSquaredNorms = Arrays.copyOf(layer.halfSquaredNorms(), panels * PANEL);
            Arrays.fill(halfSquaredNorms, layer.size(), panels * PANEL, Float.POSITIVE_INFINITY);
            for (int code = 0; code < layer.size(); code++) {
                int target = offset(code);
                int source = code * dimension;
                for (int t = 0; t < dimension; t++) {
                    codewords[target + t * LANES] = layer.codewords()[source + t];
                }
            }
            rows = layer.codewords().length <= maxFloatsKeptAsRows ? layer.codewords() : null;
        }

        /** Where the first coordinate of a codeword is; the others follow, a vector apart. */
        int offset(int code) {
            return code / LANES * LANES * dimension + code % LANES;
        }
    }

    private final class VectorSearch implements Search {
        private final ResidualBlock block;

        /** Scores of all rows of the block against one panel. */
        private final float[] scores;

        /** For each row and lane, the best score so far, and the vector it was found in. */
        private final float[] bestScores;

        private final float[] bestVectors;

        /** Codes, each with its row in the lower half; and a codeword that one of them names. */
        private final long[] byCode;

        private final float[] codeword;

        VectorSearch(ResidualBlock block) {
            this.block = block;
            scores = new float[block.capacity() * PANEL];
            bestScores = new float[block.capacity() * LANES];
            bestVectors = new float[block.capacity() * LANES];
            byCode = new long[block.capacity()];
            codeword = new float[dimension];
        }

        @Override
        public void nearest(int layer, int[] codes) {
            PackedLayer packed = layers[layer];
            Arrays.fill(bestScores, 0, block.rows() * LANES, Float.POSITIVE_INFINITY);
            Arrays.fill(bestVectors, 0, block.rows() * LANES, 0);
            for (int panel = 0; panel < packed.panels; panel++) {
                score(packed, panel);
                updateBest(block.rows(), panel, scores, bestScores, bestVectors);
            }
            reduce(block.rows(), bestScores, bestVectors, codes);
        }

        @Override
        public void subtract(int layer, int[] codes) {
            PackedLayer packed = layers[layer];
            if (packed.rows == null) {
                subtractFromPanels(packed, codes);
            } else {
                for (int row = 0; row < block.rows(); row++) {
                    block.subtract(row, packed.rows, codes[row] * dimension);
                }
            }
        }

        /** In the order of codes: so what is near in memory is read at about the same time. */
        private void subtractFromPanels(PackedLayer packed, int[] codes) {
            for (int row = 0; row < block.rows(); row++) {
                byCode[row] = (long) codes[row] << Integer.SIZE | row;
            }
            Arrays.sort(byCode, 0, block.rows());
            int picked = -1;
            for (int i = 0; i < block.rows(); i++) {
                int code = (int) (byCode[i] >> Integer.SIZE);
                if (code != picked) {
                    pick(packed, code);
                    picked = code;
                }
                block.subtract((int) byCode[i], codeword, 0);
            }
        }

        private void pick(PackedLayer packed, int code) {
            int source = packed.offset(code);
            for (int t = 0; t < dimension; t++) {
                codeword[t] = packed.codewords[source + t * LANES];
            }
        }

        /** Rows beyond those loaded, in the last tile, are scored too, and ignored. */
        private void score(PackedLayer packed, int panel) {
            for (int slab = 0; slab < block.slabs(); slab++) {
                int panelAt = panel * PANEL * dimension + slab * ResidualBlock.SLAB * LANES;
                for (int row = 0; row < block.rows(); row += TILE.rows()) {
                    int scoresAt = row * PANEL;
                    boolean first = slab == 0;
                    TILE.accumulate(
                            packed.codewords,
                            panelAt,
                            dimension * LANES,
                            block.negated(),
                            block.offset(slab, row),
                            block.width(slab),
                            first ? packed.halfSquaredNorms : scores,
                            first ? panel * PANEL : scoresAt,
                            first ? 0 : PANEL,
                            scores,
                            scoresAt);
                }
            }
        }
    }

    /**
     * Takes a panel's scores into the best of each lane. Vectors come in order and must be strictly
     * better, so that the lowest of equals stays. Vectors are counted in floats, which share the
     * mask with the scores and are exact for all the codewords a layer may have.
     */
    private static void updateBest(
            int rows, int panel, float[] scores, float[] bestScores, float[] bestVectors) {
        for (int row = 0; row < rows; row++) {
            FloatVector best = FloatVector.fromArray(SPECIES, bestScores, row * LANES);
            FloatVector bestVector = FloatVector.fromArray(SPECIES, bestVectors, row * LANES);
            for (int v = 0; v < TILE.vectors(); v++) {
                FloatVector score = FloatVector.fromArray(SPECIES, scores, row * PANEL + v * LANES);
                VectorMask<Float> notBetter = score.lt(best).not();
                best = score.blend(best, notBetter);
                bestVector =
                        FloatVector.broadcast(SPECIES, panel * TILE.vectors() + v)
                                .blend(bestVector, notBetter);
            }
            Vectors.store(best, bestScores, row * LANES);
            Vectors.store(bestVector, bestVectors, row * LANES);
        }
    }

    /**
     * Reduces the lanes of each row to the lowest code among the lowest scores. All is done on
     * integers, whose minimum is cheaper than that of floats: a score is mapped to an integer of
     * the same order, and codes, being positive floats, are ordered as their bits are.
     */
    private static void reduce(int rows, float[] bestScores, float[] bestVectors, int[] codes) {
        FloatVector lanes = FloatVector.zero(SPECIES).addIndex(1);
        for (int row = 0; row < rows; row++) {
            IntVector order =
                    FloatVector.fromArray(SPECIES, bestScores, row * LANES)
                            .add(0f) // makes -0 equal to +0
                            .reinterpretAsInts();
            order =
                    order.lanewise(VectorOperators.ASHR, 31)
                            .and(Integer.MAX_VALUE)
                            .lanewise(VectorOperators.XOR, order);
            int lowest = order.reduceLanes(VectorOperators.MIN);
            IntVector candidates =
                    FloatVector.fromArray(SPECIES, bestVectors, row * LANES)
                            .mul(LANES)
                            .add(lanes)
                            .reinterpretAsInts()
                            .blend(Integer.MAX_VALUE, order.compare(VectorOperators.NE, lowest));
            int code = candidates.reduceLanes(VectorOperators.MIN);
            codes[row] = (int) Float.intBitsToFloat(code);
        }
    }
}
