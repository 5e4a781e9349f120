package io.sidestream.quantize;

import java.util.Arrays;

/** The reference: {@link Math#fma(float, float, float)}, one codeword at a time. */
final class ScalarKernel implements Kernel {

    /** Codewords scored together; hides the latency of the multiply-add, which is about 4. */
    private static final int GROUP = 8;

    private final int dimension;
    private final Layer[] layers;

    ScalarKernel(int dimension, Layer[] layers) {
        this.dimension = dimension;
        this.layers = layers;
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public RowArithmetic rows() {
        return new ScalarRows();
    }

    @Override
    public Search newSearch(ResidualBlock block) {
        return new ScalarSearch(block);
    }

    private final class ScalarSearch implements Search {
        private final ResidualBlock block;
        private final float[] best;
        private final float[] scores = new float[GROUP];

        ScalarSearch(ResidualBlock block) {
            this.block = block;
            this.best = new float[block.capacity()];
        }

        @Override
        public void nearest(int layer, int[] codes) {
            Arrays.fill(best, Float.POSITIVE_INFINITY);
            Arrays.fill(codes, 0, block.rows(), 0);
            Layer searched = layers[layer];
            // A group of codewords stays in the first-level cache while all rows pass.
            for (int first = 0; first < searched.size(); first += GROUP) {
                int count = Math.min(GROUP, searched.size() - first);
                for (int row = 0; row < block.rows(); row++) {
                    System.arraycopy(searched.halfSquaredNorms(), first, scores, 0, count);
                    if (count == GROUP) {
                        scoreGroup(searched, first, block, row, scores);
                    } else {
                        for (int i = 0; i < count; i++) {
                            scores[i] = score(searched, first + i, block, row, scores[i]);
                        }
                    }
                    for (int i = 0; i < count; i++) {
                        if (scores[i] < best[row]) {
                            best[row] = scores[i];
                            codes[row] = first + i;
                        }
                    }
                }
            }
        }

        @Override
        public void subtract(int layer, int[] codes) {
            for (int row = 0; row < block.rows(); row++) {
                block.subtract(row, layers[layer].codewords(), codes[row] * dimension);
            }
        }
    }

    private static float score(Layer layer, int code, ResidualBlock block, int row, float start) {
        float score = start;
        float[] negated = block.negated();
        float[] codewords = layer.codewords();
        for (int slab = 0; slab < block.slabs(); slab++) {
            int r = block.offset(slab, row);
            int c = code * block.dimension() + slab * ResidualBlock.SLAB;
            int width = block.width(slab);
            for (int t = 0; t < width; t++) {
                score = Math.fma(negated[r + t], codewords[c + t], score);
            }
        }
        return score;
    }

    /** As {@link #score}, for {@link #GROUP} codewords at once. */
    private static void scoreGroup(
            Layer layer, int first, ResidualBlock block, int row, float[] scores) {
        float[] negated = block.negated();
        float[] codewords = layer.codewords();
        int d = block.dimension();
        float s0 = scores[0];
        float s1 = scores[1];
        float s2 = scores[2];
        float s3 = scores[3];
        float s4 = scores[4];
        float s5 = scores[5];
        float s6 = scores[6];
        float s7 = scores[7];
        for (int slab = 0; slab < block.slabs(); slab++) {
            int r = block.offset(slab, row);
            int c = first * d + slab * ResidualBlock.SLAB;
            int width = block.width(slab);
            for (int t = 0; t < width; t++) {
                float x = negated[r + t];
                s0 = Math.fma(x, codewords[c + t], s0);
                s1 = Math.fma(x, codewords[c + d + t], s1);
                s2 = Math.fma(x, codewords[c + 2 * d + t], s2);
                s3 = Math.fma(x, codewords[c + 3 * d + t], s3);
                s4 = Math.fma(x, codewords[c + 4 * d + t], s4);
                s5 = Math.fma(x, codewords[c + 5 * d + t], s5);
                s6 = Math.fma(x, codewords[c + 6 * d + t], s6);
                s7 = Math.fma(x, codewords[c + 7 * d + t], s7);
            }
        }
        scores[0] = s0;
        scores[1] = s1;
        scores[2] = s2;
        scores[3] = s3;
        scores[4] = s4;
        scores[5] = s5;
        scores[6] = s6;
        scores[7] = s7;
    }
}
