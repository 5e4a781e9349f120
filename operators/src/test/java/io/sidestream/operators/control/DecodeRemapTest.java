package io.sidestream.operators.control;

import static io.sidestream.operators.control.TestingRemaps.encode;
import static io.sidestream.operators.control.TestingRemaps.incoming;
import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.control.TestingRemaps.request;
import static io.sidestream.operators.control.TestingRemaps.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DecodeRemapTest {

    private static final List<SpecificRecordBase> RECORDS =
            List.of(
                    plan("v1", 3, 2, 0, 70_000),
                    plan("v1", 4, 1),
                    step("v1", 3, PlanStatus.APPLYING),
                    step("v1", 0, PlanStatus.REJECTED),
                    request("v1", "r", RemapAction.APPROVE).setEpoch(3).build());

    private OneInputStreamOperatorTestHarness<IncomingRecord, RemapChange> decode;

    @BeforeEach
    void open() throws Exception {
        decode = new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new DecodeRemap()));
        decode.setup(RemapChange.TYPE.createSerializer(new SerializerConfigImpl()));
        decode.open();
    }

    @AfterEach
    void close() throws Exception {
        decode.close();
    }

    @Test
    void tellsPlansStepsAndRequestsApart() throws Exception {
        for (SpecificRecordBase record : RECORDS) {
            decode.processElement(incoming("v1", encode(record)), 0);
        }

        assertThat(decode.extractOutputValues())
                .extracting(RemapChange::record)
                .containsExactlyElementsOf(RECORDS);
        assertThat(decode.extractOutputValues())
                .allSatisfy(change -> assertThat(change.version()).isEqualTo("v1"));
        assertThat(decode.getSideOutput(DeadLetters.TAG)).isNull();
    }

    static Stream<Arguments> badRecords() {
        byte[] good = encode(plan("v1", 1, 2, 3));
        byte[] embedding = new EmbeddingFormat().encode(new EmbeddingMessage("v1", new float[1]));
        return Stream.of(
                Arguments.of(null, good, "no key"),
                Arguments.of("v1", null, "no value"),
                Arguments.of("v2", good, "'v1' stands under the key 'v2'"),
                Arguments.of("v1", new byte[0], "only 0 bytes"),
                Arguments.of("v1", embedding, "expected Avro"),
                Arguments.of("v1", Arrays.copyOf(good, good.length - 1), "cut short or damaged"),
                Arguments.of("v1", Arrays.copyOf(good, good.length + 1), "left over"),
                Arguments.of("v1", encode(plan("v1", 0, 2, 3)), "epoch 0"),
                Arguments.of("v1", encode(plan("v1", 1, 0, 3)), "layer 0"),
                Arguments.of("v1", encode(plan("v1", 1, 2, 3, -1)), "head token -1"),
                Arguments.of(
                        "v1",
                        encode(request("v1", "", RemapAction.PROPOSE).build()),
                        "request_id"));
    }

    @ParameterizedTest
    @MethodSource("badRecords")
    void putsABadRecordAsideAndGoesOn(String key, byte[] value, String message) throws Exception {
        decode.processElement(incoming(key, value), 0);
        decode.processElement(incoming("v1", encode(RECORDS.get(0))), 0);

        assertThat(decode.extractOutputValues()).hasSize(1);
        assertThat(decode.getSideOutput(DeadLetters.TAG)).hasSize(1);
        DeadLetter letter = decode.getSideOutput(DeadLetters.TAG).element().getValue();
        assertThat(letter.getCause()).isEqualTo(DeadLetterCause.UNDECODABLE);
        assertThat(letter.getMessage()).contains(message);
        assertThat(letter.getOriginTopic()).isEqualTo(TestingRemaps.REMAPS);
        assertThat(letter.getOriginOffset()).isEqualTo(5);
    }

    @Test
    void travelsBetweenStagesUnchanged() throws IOException {
        TypeSerializer<RemapChange> serializer =
                RemapChange.TYPE.createSerializer(new SerializerConfigImpl());
        for (SpecificRecordBase record : RECORDS) {
            RemapChange change = TestingRemaps.change(record);
            DataOutputSerializer out = new DataOutputSerializer(64);
            serializer.serialize(change, out);
            DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());

            assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(change);
            assertThat(in.available()).isZero();
        }
    }
}
