package io.sidestream.operators;

import io.sidestream.schema.MalformedRecordException;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Something decoded from a record, laid out as that record alone: a later stage may still have to
 * put it among the dead letters as it came, and decoding it once more is cheaper than sending it
 * twice.
 *
 * @param <T> what is decoded
 */
public abstract class AsItCameFormat<T> implements RecordFormat<T> {

    private static final long serialVersionUID = 1L;

    private final IncomingRecord.Format format = new IncomingRecord.Format();

    /** The record that the value was decoded from. */
    protected abstract IncomingRecord origin(T value);

    /** Decodes a record that could be decoded before. */
    protected abstract T decode(IncomingRecord origin) throws MalformedRecordException;

    @Override
    public final int version() {
        return format.version();
    }

    @Override
    public final void write(T value, DataOutputView out) throws IOException {
        format.write(origin(value), out);
    }

    @Override
    public final T read(int version, DataInputView in) throws IOException {
        IncomingRecord record = format.read(version, in);
        try {
            return decode(record);
        } catch (MalformedRecordException e) {
            throw new IOException("Decoded before, damaged since: " + record.origin(), e);
        }
    }
}
