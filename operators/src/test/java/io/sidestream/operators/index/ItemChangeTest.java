package io.sidestream.operators.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.SidPath;
import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class ItemChangeTest {

    @Test
    void travelsBetweenStagesUnchanged() throws IOException {
        TypeSerializer<PathChange> serializer =
                PathChange.TYPE.createSerializer(new SerializerConfigImpl());
        for (PathChange.Kind kind : PathChange.Kind.values()) {
            for (UpdateReason reason : UpdateReason.values()) {
                PathChange change =
                        new PathChange(
                                kind,
                                new SidPath("v1", new int[] {3, SidPath.DROPPED, 65_536}),
                                new ItemChange(
                                        "ítem",
                                        Long.MAX_VALUE,
                                        reason,
                                        new int[] {3, 0, 65_536},
                                        7,
                                        -1,
                                        Long.MIN_VALUE));
                DataOutputSerializer out = new DataOutputSerializer(64);
                serializer.serialize(change, out);
                DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());

                assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(change);
                assertThat(in.available()).isZero();
            }
        }
    }

    /** Their places in the enum are on the wire of a checkpoint: new ones are added at the end. */
    @Test
    void writesReasonsAsItAlwaysHas() {
        assertThat(UpdateReason.values())
                .startsWith(
                        UpdateReason.NEW,
                        UpdateReason.EMBEDDING_CHANGED,
                        UpdateReason.REMAP,
                        UpdateReason.BACKFILL,
                        UpdateReason.DELETED);
        assertThat(PathChange.Kind.values())
                .startsWith(PathChange.Kind.JOIN, PathChange.Kind.LEAVE, PathChange.Kind.DELETE);
    }
}
