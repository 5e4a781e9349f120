package io.sidestream.operators.resolve;

import io.sidestream.operators.Fields;
import io.sidestream.operators.PathFormat;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.sid.SidPath;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** An item on a path. */
record PathMember(SidPath path, String itemId) {

    static final RecordType<PathMember> TYPE = RecordType.of(PathMember.class, new Format());

    /** Layout: path, item id. */
    public static final class Format implements RecordFormat<PathMember> {

        private static final long serialVersionUID = 1L;

        private final PathFormat path = new PathFormat();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(PathMember value, DataOutputView out) throws IOException {
            path.write(value.path, out);
            Fields.writeString(out, value.itemId);
        }

        @Override
        public PathMember read(int version, DataInputView in) throws IOException {
            return new PathMember(path.read(version, in), Fields.readString(in));
        }
    }
}
