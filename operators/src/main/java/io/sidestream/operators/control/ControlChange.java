package io.sidestream.operators.control;

import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What has been decided about a codebook version; one of the two is null.
 *
 * @param codebook what the version has become
 * @param remap what is planned for its SIDs
 */
public record ControlChange(CodebookChange codebook, RemapChange remap) {

    public static final RecordType<ControlChange> TYPE =
            RecordType.of(ControlChange.class, new Format());

    public static ControlChange of(CodebookChange codebook) {
        return new ControlChange(codebook, null);
    }

    public static ControlChange of(RemapChange remap) {
        return new ControlChange(null, remap);
    }

    public String codebookVersion() {
        return codebook != null ? codebook.version() : remap.version();
    }

    /** Layout: whether it is about the codebook, then what it is. */
    public static final class Format implements RecordFormat<ControlChange> {

        private static final long serialVersionUID = 1L;

        private final CodebookChange.Format codebook = new CodebookChange.Format();
        private final RemapChange.Format remap = new RemapChange.Format();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(ControlChange value, DataOutputView out) throws IOException {
            out.writeBoolean(value.codebook != null);
            if (value.codebook != null) {
                codebook.write(value.codebook, out);
            } else {
                remap.write(value.remap, out);
            }
        }

        @Override
        public ControlChange read(int version, DataInputView in) throws IOException {
            return in.readBoolean() ? of(codebook.read(version, in)) : of(remap.read(version, in));
        }
    }
}
