package io.sidestream.operators.combine;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * By how much the items on each token have become more or fewer. Covers all layers at once, so that
 * whoever adds up such records never sees layers that disagree about the number of items.
 *
 * @param items by how much the items have become more
 * @param layers the same for each token of each layer, first layer first; empty if nothing changed
 */
public record TokenDeltas(long items, List<Layer> layers) {

    public static final RecordType<TokenDeltas> TYPE =
            RecordType.of(TokenDeltas.class, new Format());

    public static final TokenDeltas NONE = new TokenDeltas(0, List.of());

    /**
     * One layer.
     *
     * @param tokens those whose count changed, ascending
     * @param deltas by how much, one for each of the tokens; not zero
     * @param residuals by how much the sum of the items' {@link
     *     io.sidestream.quantize.RelativeResidual}s has become more
     */
    public record Layer(int[] tokens, long[] deltas, long residuals) {

        /** Adds the changes to the counts of the layer's tokens. */
        public void addTo(long[] counts) {
            for (int i = 0; i < tokens.length; i++) {
                counts[tokens[i]] += deltas[i];
            }
        }
    }

    public boolean isEmpty() {
        return layers.isEmpty();
    }

    /** Layout: items, then of each layer the tokens as gaps, each with its change, and the sum. */
    public static final class Format implements RecordFormat<TokenDeltas> {

        private static final long serialVersionUID = 1L;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(TokenDeltas value, DataOutputView out) throws IOException {
            Fields.writeSigned(out, value.items);
            Fields.writeNumber(out, value.layers.size());
            for (Layer layer : value.layers) {
                Fields.writeNumber(out, layer.tokens.length);
                int last = 0;
                for (int i = 0; i < layer.tokens.length; i++) {
                    Fields.writeNumber(out, layer.tokens[i] - last);
                    Fields.writeSigned(out, layer.deltas[i]);
                    last = layer.tokens[i];
                }
                Fields.writeSigned(out, layer.residuals);
            }
        }

        @Override
        public TokenDeltas read(int version, DataInputView in) throws IOException {
            long items = Fields.readSigned(in);
            int count = (int) Fields.readNumber(in);
            List<Layer> layers = new ArrayList<>(count);
            for (int layer = 0; layer < count; layer++) {
                int[] tokens = new int[(int) Fields.readNumber(in)];
                long[] deltas = new long[tokens.length];
                int last = 0;
                for (int i = 0; i < tokens.length; i++) {
                    last += (int) Fields.readNumber(in);
                    tokens[i] = last;
                    deltas[i] = Fields.readSigned(in);
                }
                layers.add(new Layer(tokens, deltas, Fields.readSigned(in)));
            }
            return new TokenDeltas(items, layers);
        }
    }
}
