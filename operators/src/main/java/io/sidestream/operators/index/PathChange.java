package io.sidestream.operators.index;

import io.sidestream.operators.PathFormat;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import io.sidestream.sid.SidPath;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * An item joins or leaves a path, or changes while it stays. A move is two of these, as the paths
 * may live in different subtasks: the old path is left, the new one joined.
 *
 * @param kind what happens
 * @param path the path
 * @param item the item and what is to be published about it
 */
public record PathChange(Kind kind, SidPath path, ItemChange item) {

    public static final RecordType<PathChange> TYPE = RecordType.of(PathChange.class, new Format());

    /** What happens to the item on the path. */
    public enum Kind {
        /** It joins, and its new SID is published. */
        JOIN,
        /** It leaves for another path, which publishes. */
        LEAVE,
        /** It leaves for good, and its deletion is published. */
        DELETE,
        /** It stays, but something else about it changes, and is published. */
        STAY
    }

    /** Layout: kind, path, item. */
    public static final class Format implements RecordFormat<PathChange> {

        private static final long serialVersionUID = 1L;
        private static final Kind[] KINDS = Kind.values();

        private final PathFormat path = new PathFormat();
        private final ItemChange.Format item = new ItemChange.Format();

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(PathChange value, DataOutputView out) throws IOException {
            out.writeByte(value.kind.ordinal());
            path.write(value.path, out);
            item.write(value.item, out);
        }

        @Override
        public PathChange read(int version, DataInputView in) throws IOException {
            return new PathChange(
                    KINDS[in.readByte()], path.read(version, in), item.read(version, in));
        }
    }
}
