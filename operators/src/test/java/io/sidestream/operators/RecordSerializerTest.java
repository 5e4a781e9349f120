package io.sidestream.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordSerializerTest {

    private static final ClassLoader LOADER = RecordSerializerTest.class.getClassLoader();

    @Test
    void readsWhatItWrote() throws IOException {
        TypeSerializer<Temperature> serializer = release(2);
        DataOutputSerializer out = new DataOutputSerializer(16);
        serializer.serialize(new Temperature(21, "C"), out);

        assertThat(serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer())))
                .isEqualTo(new Temperature(21, "C"));
    }

    @Test
    void copiesFromBytesToBytes() throws IOException {
        TypeSerializer<Temperature> serializer = release(2);
        DataOutputSerializer from = new DataOutputSerializer(16);
        serializer.serialize(new Temperature(21, "C"), from);
        DataOutputSerializer to = new DataOutputSerializer(16);

        serializer.copy(new DataInputDeserializer(from.getCopyOfBuffer()), to);

        assertThat(to.getCopyOfBuffer()).isEqualTo(from.getCopyOfBuffer());
    }

    @Test
    void takesTheStateOfItsOwnVersionAsItIs() throws IOException {
        assertThat(
                        release(2)
                                .snapshotConfiguration()
                                .resolveSchemaCompatibility(recorded(release(2)))
                                .isCompatibleAsIs())
                .isTrue();
    }

    @Test
    void migratesTheStateOfAnOlderVersion() throws IOException {
        TypeSerializerSnapshot<Temperature> old = recorded(release(1));

        assertThat(
                        release(2)
                                .snapshotConfiguration()
                                .resolveSchemaCompatibility(old)
                                .isCompatibleAfterMigration())
                .isTrue();
    }

    @Test
    void refusesTheStateOfANewerVersion() throws IOException {
        assertThat(
                        release(1)
                                .snapshotConfiguration()
                                .resolveSchemaCompatibility(recorded(release(2)))
                                .isIncompatible())
                .isTrue();
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"}) // what another format's snapshot would be
    void refusesTheStateOfAnotherFormat() throws IOException {
        TypeSerializerSnapshot other =
                IncomingRecord.TYPE
                        .createSerializer(new SerializerConfigImpl())
                        .snapshotConfiguration();

        assertThat(
                        release(2)
                                .snapshotConfiguration()
                                .resolveSchemaCompatibility(other)
                                .isIncompatible())
                .isTrue();
    }

    @Test
    void namesTheFormatThatARemovedClassWrote() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        out.writeUTF("io.sidestream.operators.Gone$Format");
        out.writeInt(1);

        assertThatThrownBy(
                        () ->
                                new RecordSerializer.Snapshot<Temperature>()
                                        .readSnapshot(
                                                1,
                                                new DataInputDeserializer(out.getCopyOfBuffer()),
                                                LOADER))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("io.sidestream.operators.Gone$Format");
    }

    @Test
    void isEqualByFormatAndVersion() {
        assertThat(release(2)).isEqualTo(release(2)).hasSameHashCodeAs(release(2));
        assertThat(release(2)).isNotEqualTo(release(1));
        assertThat(release(2))
                .isNotEqualTo(IncomingRecord.TYPE.createSerializer(new SerializerConfigImpl()));
    }

    @ParameterizedTest
    @EnumSource
    void restoresKeyedStateThatAnOlderVersionWrote(TestingBackend backend) throws Exception {
        OperatorSubtaskState written;
        try (var before = harness(backend, 1)) {
            before.open();
            before.processElement(20, 0);
            before.processElement(21, 0);
            written = before.snapshot(1, 1);
        }
        OperatorSubtaskState migrated;
        try (var after = harness(backend, 2)) {
            after.initializeState(written);
            after.open();
            after.processElement(20, 0);
            assertThat(after.extractOutputValues())
                    .containsExactly("seen Temperature[degrees=20, unit=?]");
            migrated = after.snapshot(2, 2);
        }
        try (var later = harness(backend, 2)) {
            later.initializeState(migrated);
            later.open();
            later.processElement(20, 0);
            later.processElement(21, 0);
            assertThat(later.extractOutputValues())
                    .containsExactly(
                            "seen Temperature[degrees=20, unit=C]",
                            "seen Temperature[degrees=21, unit=?]");
        }
    }

    /** The serializer as that release of the format has it. */
    private static TypeSerializer<Temperature> release(int version) {
        TemperatureFormat.release = version;
        return Temperature.TYPE.createSerializer(new SerializerConfigImpl());
    }

    private static TypeSerializerSnapshot<Temperature> recorded(
            TypeSerializer<Temperature> serializer) throws IOException {
        TypeSerializerSnapshot<Temperature> snapshot = serializer.snapshotConfiguration();
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, snapshot);
        return TypeSerializerSnapshot.readVersionedSnapshot(
                new DataInputDeserializer(out.getCopyOfBuffer()), LOADER);
    }

    /** Says whether a value was seen before, and in which unit it is remembered. */
    private static KeyedOneInputStreamOperatorTestHarness<Integer, Integer, String> harness(
            TestingBackend backend, int release) throws Exception {
        TemperatureFormat.release = release;
        var harness =
                new KeyedOneInputStreamOperatorTestHarness<>(
                        new KeyedProcessOperator<>(new Remember()), degrees -> 0, Types.INT);
        harness.setStateBackend(backend.create());
        return harness;
    }

    private static final class Remember extends KeyedProcessFunction<Integer, Integer, String> {

        private static final long serialVersionUID = 1L;

        private transient MapState<Integer, Temperature> seen;

        @Override
        public void open(OpenContext context) {
            seen =
                    getRuntimeContext()
                            .getMapState(
                                    new MapStateDescriptor<>("seen", Types.INT, Temperature.TYPE));
        }

        @Override
        public void processElement(Integer degrees, Context context, Collector<String> out)
                throws Exception {
            Temperature before = seen.get(degrees);
            if (before != null) {
                out.collect("seen " + before);
            }
            seen.put(degrees, new Temperature(degrees, "C"));
        }
    }

    record Temperature(int degrees, String unit) {

        static final RecordType<Temperature> TYPE =
                RecordType.of(Temperature.class, new TemperatureFormat());
    }

    /** Release 1 wrote the degrees only. */
    public static final class TemperatureFormat implements RecordFormat<Temperature> {

        private static final long serialVersionUID = 1L;

        private static int release;

        @Override
        public int version() {
            return release;
        }

        @Override
        public void write(Temperature value, DataOutputView out) throws IOException {
            out.writeInt(value.degrees);
            if (release > 1) {
                out.writeUTF(value.unit);
            }
        }

        @Override
        public Temperature read(int version, DataInputView in) throws IOException {
            return new Temperature(in.readInt(), version > 1 ? in.readUTF() : "?");
        }
    }
}
