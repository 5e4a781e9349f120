package io.sidestream.operators;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Flink's view of a {@link RecordFormat}: a serializer whose snapshot is the format's version. */
final class RecordSerializer<T> extends TypeSerializer<T> {

    private static final long serialVersionUID = 1L;

    private final RecordFormat<T> format;
    private final int version;

    RecordSerializer(RecordFormat<T> format, int version) {
        this.format = format;
        this.version = version;
    }

    @Override
    public void serialize(T value, DataOutputView out) throws IOException {
        format.write(value, out);
    }

    @Override
    public T deserialize(DataInputView in) throws IOException {
        return format.read(version, in);
    }

    @Override
    public T deserialize(T reuse, DataInputView in) throws IOException {
        return deserialize(in);
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        serialize(deserialize(in), out);
    }

    @Override
    public T copy(T value) {
        return value;
    }

    @Override
    public T copy(T value, T reuse) {
        return value;
    }

    @Override
    public boolean isImmutableType() {
        return true;
    }

    @Override
    public T createInstance() {
        return null; // records are never filled in place
    }

    @Override
    public TypeSerializer<T> duplicate() {
        return this;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public TypeSerializerSnapshot<T> snapshotConfiguration() {
        return new Snapshot<>(format, version);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordSerializer<?> that
                && format.getClass() == that.format.getClass()
                && version == that.version;
    }

    @Override
    public int hashCode() {
        return format.getClass().hashCode() * 31 + version;
    }

    /** Which format wrote the state, and in which version. */
    public static final class Snapshot<T> implements TypeSerializerSnapshot<T> {

        private static final int SNAPSHOT_VERSION = 1;

        private RecordFormat<T> format;
        private int version;

        /** For Flink, which fills it by {@link #readSnapshot}. */
        public Snapshot() {}

        Snapshot(RecordFormat<T> format, int version) {
            this.format = format;
            this.version = version;
        }

        @Override
        public int getCurrentVersion() {
            return SNAPSHOT_VERSION;
        }

        @Override
        public void writeSnapshot(DataOutputView out) throws IOException {
            out.writeUTF(format.getClass().getName());
            out.writeInt(version);
        }

        @Override
        @SuppressWarnings("unchecked")
        public void readSnapshot(int snapshotVersion, DataInputView in, ClassLoader classLoader)
                throws IOException {
            String name = in.readUTF();
            version = in.readInt();
            try {
                format =
                        (RecordFormat<T>)
                                Class.forName(name, true, classLoader)
                                        .getDeclaredConstructor()
                                        .newInstance();
            } catch (ReflectiveOperationException e) {
                throw new IOException(
                        "State was written in the format %s, which this release does not have"
                                .formatted(name),
                        e);
            }
        }

        @Override
        public TypeSerializer<T> restoreSerializer() {
            return new RecordSerializer<>(format, version);
        }

        @Override
        public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
                TypeSerializerSnapshot<T> before) {
            if (!(before instanceof Snapshot<T> old)
                    || old.format.getClass() != format.getClass()
                    || old.version > version) {
                return TypeSerializerSchemaCompatibility.incompatible();
            }
            return old.version == version
                    ? TypeSerializerSchemaCompatibility.compatibleAsIs()
                    : TypeSerializerSchemaCompatibility.compatibleAfterMigration();
        }
    }
}
