package io.sidestream.operators.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class PublicationTest {

    @Test
    void travelsToTheSinkUnchanged() throws IOException {
        TypeSerializer<Publication> serializer =
                Publication.TYPE.createSerializer(new SerializerConfigImpl());
        SidUpdate update =
                new SidUpdate(
                        "ítem",
                        "v1",
                        List.of(1, 2),
                        List.of(new SidToken(1, 1), new SidToken(2, 2)),
                        3,
                        "<a_1><b_2><c_3>",
                        "<a_0>",
                        UpdateReason.EMBEDDING_CHANGED,
                        0L,
                        -9L,
                        2L,
                        Instant.ofEpochMilli(Long.MIN_VALUE));
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(new Publication("v1", "ítem", update), out);
        serializer.serialize(new Publication("v1", "ítem", null), out);

        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        assertThat(serializer.deserialize(in)).isEqualTo(new Publication("v1", "ítem", update));
        assertThat(serializer.deserialize(in)).isEqualTo(new Publication("v1", "ítem", null));
        assertThat(in.available()).isZero();
    }
}
