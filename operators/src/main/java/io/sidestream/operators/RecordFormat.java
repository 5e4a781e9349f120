package io.sidestream.operators;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * How one kind of immutable record is laid out between stages and in state. A format has a public
 * constructor without parameters and can read every version it ever wrote: state of an older
 * version is migrated when a job is restored.
 *
 * @param <T> the record
 */
public interface RecordFormat<T> extends Serializable {

    /** The version that {@link #write} writes; raised whenever the layout changes. */
    int version();

    void write(T value, DataOutputView out) throws IOException;

    /**
     * Reads what {@link #write} of a version wrote.
     *
     * @param version at most {@link #version()}
     */
    T read(int version, DataInputView in) throws IOException;
}
