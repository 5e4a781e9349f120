package io.sidestream.operators.combine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.combine.Tally.Erasure;
import io.sidestream.operators.combine.Tally.Paths;
import io.sidestream.operators.combine.Tally.Stage;
import io.sidestream.operators.combine.Tally.Sweep;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class TallyTest {

    private static final TokenDeltas DELTAS =
            new TokenDeltas(
                    -3,
                    List.of(
                            new TokenDeltas.Layer(
                                    new int[] {0, 1, 70_000, Integer.MAX_VALUE},
                                    new long[] {-1, 1, Long.MIN_VALUE, Long.MAX_VALUE},
                                    -5),
                            new TokenDeltas.Layer(new int[0], new long[0], Long.MAX_VALUE)));

    @Test
    void travelsBetweenStagesUnchanged() throws IOException {
        TypeSerializer<Tally> serializer = Tally.TYPE.createSerializer(new SerializerConfigImpl());
        List<Tally> tallies =
                List.of(
                        new Tally(
                                "v1",
                                DELTAS,
                                TokenDeltas.NONE,
                                new Paths(-1, 1, Long.MIN_VALUE),
                                List.of(new Sweep(1, 0, 0), new Sweep(Long.MAX_VALUE, 9, 8)),
                                List.of(
                                        new Erasure(Stage.INDEX, 0, 1, 0),
                                        new Erasure(Stage.PUBLISH, 7, 3, Long.MAX_VALUE))),
                        new Tally(
                                "v2", TokenDeltas.NONE, DELTAS, Paths.NONE, List.of(), List.of()));
        for (Tally tally : tallies) {
            DataOutputSerializer out = new DataOutputSerializer(64);
            serializer.serialize(tally, out);
            DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());

            assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(tally);
            assertThat(in.available()).isZero();
        }
    }

    @Test
    void addsItsChangesToCounts() {
        long[] counts = {10, 20, 30};
        new TokenDeltas.Layer(new int[] {0, 2}, new long[] {-4, 5}, 0).addTo(counts);

        assertThat(counts).containsExactly(6, 20, 35);
    }
}
