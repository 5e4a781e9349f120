package io.sidestream.operators.watch;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.operators.combine.TokenDeltas;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Counts of one codebook version's tokens in keyed state: blocks of neighbouring tokens, so that a
 * change of many tokens is a change of few entries. There is a set of counts for the live items,
 * and one for each slice of the window of arrivals.
 */
final class CountBlocks {

    /** The set of the live items; slices are named by their begin, which is later. */
    private static final long STANDING = 0;

    private static final int BLOCK = 256;

    /** The block that holds a set's number of items and its sums of residuals. */
    private static final int TOTALS = 0;

    private final MapState<Block, long[]> blocks;

    CountBlocks(RuntimeContext context) {
        blocks =
                context.getMapState(
                        new MapStateDescriptor<>(
                                "counts",
                                Block.TYPE,
                                PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
    }

    /**
     * The place of a block.
     *
     * @param set what is counted: {@link #STANDING}, or the begin of a slice
     * @param layer 1-based; {@link #TOTALS}: what is counted across tokens
     * @param number the first token over the length of a block
     */
    record Block(long set, int layer, int number) {

        static final RecordType<Block> TYPE = RecordType.of(Block.class, new Format());

        /** Layout: the components in their order. */
        public static final class Format implements RecordFormat<Block> {

            private static final long serialVersionUID = 1L;

            @Override
            public int version() {
                return 1;
            }

            @Override
            public void write(Block value, DataOutputView out) throws IOException {
                out.writeLong(value.set);
                Fields.writeNumber(out, value.layer);
                Fields.writeNumber(out, value.number);
            }

            @Override
            public Block read(int version, DataInputView in) throws IOException {
                return new Block(
                        in.readLong(), (int) Fields.readNumber(in), (int) Fields.readNumber(in));
            }
        }
    }

    void addToStanding(TokenDeltas deltas) throws Exception {
        add(STANDING, deltas);
    }

    /**
     * @param slice its begin
     */
    void addToSlice(long slice, TokenDeltas deltas) throws Exception {
        add(slice, deltas);
    }

    private void add(long set, TokenDeltas deltas) throws Exception {
        if (deltas.isEmpty()) {
            return;
        }
        long[] totals = block(new Block(set, TOTALS, 0), deltas.layers().size() + 1);
        totals[0] += deltas.items();
        for (int layer = 1; layer <= deltas.layers().size(); layer++) {
            TokenDeltas.Layer change = deltas.layers().get(layer - 1);
            totals[layer] += change.residuals();
            addLayer(set, layer, change);
        }
        blocks.put(new Block(set, TOTALS, 0), totals);
    }

    private void addLayer(long set, int layer, TokenDeltas.Layer change) throws Exception {
        int[] tokens = change.tokens();
        int next = 0;
        while (next < tokens.length) {
            Block place = new Block(set, layer, tokens[next] / BLOCK);
            long[] counts = block(place, BLOCK);
            for (; next < tokens.length && tokens[next] / BLOCK == place.number; next++) {
                counts[tokens[next] % BLOCK] += change.deltas()[next];
            }
            blocks.put(place, counts);
        }
    }

    /** A block to be changed: state is not to see the change before it is put back. */
    private long[] block(Block place, int length) throws Exception {
        long[] counts = blocks.get(place);
        return counts == null
                ? new long[length]
                : Arrays.copyOf(counts, Math.max(length, counts.length));
    }

    /**
     * Adds up the counts, and forgets the slices that the window has left behind.
     *
     * @param layerSizes tokens of each layer
     * @param oldest begin of the oldest slice that counts
     */
    Sums read(int[] layerSizes, long oldest) throws Exception {
        Accumulator standing = new Accumulator(layerSizes);
        Accumulator window = new Accumulator(layerSizes);
        List<Block> outdated = new ArrayList<>();
        for (Map.Entry<Block, long[]> entry : blocks.entries()) {
            Block place = entry.getKey();
            if (place.set == STANDING) {
                standing.add(place, entry.getValue());
            } else if (place.set >= oldest) {
                window.add(place, entry.getValue());
            } else {
                outdated.add(place);
            }
        }
        for (Block place : outdated) {
            blocks.remove(place);
        }
        return new Sums(standing.counts(), window.counts());
    }

    void clear() {
        blocks.clear();
    }

    /**
     * The counts of a version.
     *
     * @param standing of its live items
     * @param window of its arrivals
     */
    record Sums(TokenCounts standing, TokenCounts window) {}

    private static final class Accumulator {

        private final long[][] tokens;
        private final long[] residuals;
        private long items;

        Accumulator(int[] layerSizes) {
            tokens = new long[layerSizes.length][];
            for (int layer = 0; layer < tokens.length; layer++) {
                tokens[layer] = new long[layerSizes[layer]];
            }
            residuals = new long[layerSizes.length];
        }

        void add(Block place, long[] counts) {
            if (place.layer == TOTALS) {
                items += counts[0];
                for (int layer = 0;
                        layer < Math.min(residuals.length, counts.length - 1);
                        layer++) {
                    residuals[layer] += counts[layer + 1];
                }
                return;
            }
            if (place.layer > tokens.length) {
                return; // of a codebook of another shape that had the same name
            }
            long[] layer = tokens[place.layer - 1];
            int first = place.number * BLOCK;
            for (int i = 0; i < BLOCK && first + i < layer.length; i++) {
                layer[first + i] += counts[i];
            }
        }

        TokenCounts counts() {
            return new TokenCounts(items, tokens, residuals);
        }
    }
}
