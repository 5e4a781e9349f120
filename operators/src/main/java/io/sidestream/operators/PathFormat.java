package io.sidestream.operators;

import io.sidestream.sid.SidPath;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A {@link SidPath}. Layout: codebook version, tokens. */
public final class PathFormat implements RecordFormat<SidPath> {

    public static final RecordType<SidPath> TYPE = RecordType.of(SidPath.class, new PathFormat());

    private static final long serialVersionUID = 1L;

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void write(SidPath value, DataOutputView out) throws IOException {
        Fields.writeString(out, value.codebookVersion());
        Fields.writeTokens(out, value.tokens());
    }

    @Override
    public SidPath read(int version, DataInputView in) throws IOException {
        return new SidPath(Fields.readString(in), Fields.readTokens(in));
    }
}
