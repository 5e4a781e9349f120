package io.sidestream.operators;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Text as a key in state. Layout: length, UTF-8 bytes; unlike Flink's own format it is not written
 * character by character.
 */
public final class TextFormat implements RecordFormat<String> {

    public static final RecordType<String> TYPE = RecordType.of(String.class, new TextFormat());

    private static final long serialVersionUID = 1L;

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void write(String value, DataOutputView out) throws IOException {
        Fields.writeString(out, value);
    }

    @Override
    public String read(int version, DataInputView in) throws IOException {
        return Fields.readString(in);
    }
}
