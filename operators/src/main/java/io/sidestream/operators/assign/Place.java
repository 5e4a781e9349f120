package io.sidestream.operators.assign;

import io.sidestream.operators.Fields;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Where in {@code item-embeddings} a record is: tells an embedding from every other.
 *
 * @param partition of the topic
 * @param offset in that partition
 */
public record Place(int partition, long offset) {

    /** Layout: the components in their order. */
    public void write(DataOutputView out) throws IOException {
        Fields.writeNumber(out, partition);
        Fields.writeNumber(out, offset);
    }

    public static Place read(DataInputView in) throws IOException {
        return new Place((int) Fields.readNumber(in), Fields.readNumber(in));
    }
}
