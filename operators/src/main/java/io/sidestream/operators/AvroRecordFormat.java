package io.sidestream.operators;

import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.io.IOException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * An Avro record between stages, in the encoding it has in Kafka.
 *
 * @param <T> the generated record
 */
public abstract class AvroRecordFormat<T extends SpecificRecordBase> implements RecordFormat<T> {

    private static final long serialVersionUID = 1L;

    private final Class<T> type;

    protected AvroRecordFormat(Class<T> type) {
        this.type = type;
    }

    @Override
    public final int version() {
        return 1;
    }

    @Override
    public final void write(T value, DataOutputView out) throws IOException {
        Fields.writeBytes(out, SingleObjectFormat.of(type).encode(value));
    }

    @Override
    public final T read(int version, DataInputView in) throws IOException {
        try {
            return SingleObjectFormat.of(type).decode(Fields.readBytes(in));
        } catch (MalformedRecordException e) {
            throw new IOException(e);
        }
    }
}
