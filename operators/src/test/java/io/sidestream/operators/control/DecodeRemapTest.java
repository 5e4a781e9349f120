package io.sidestream.operators.control;

import static io.sidestream.operators.control.TestingRemaps.encode;
import static io.sidestream.operators.control.TestingRemaps.incoming;
import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.control.TestingRemaps.step;
import static io.sidestream.schema.PlanStatus.APPLYING;
import static io.sidestream.schema.RemapPolicyKind.DROP_LAYER;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
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
                    TestingRemaps.request("v1", "r", RemapAction.APPROVE).setEpoch(3).build());

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
                Arguments.of("v2", good, "version \"v1\" has the key \"v2\""),
                Arguments.of("v1", new byte[0], "only 0 bytes"),
                Arguments.of("v1", embedding, "expected Avro"),
                Arguments.of("v1", Arrays.copyOf(good, good.length - 1), "cut short or damaged"),
                Arguments.of("v1", Arrays.copyOf(good, good.length + 1), "left over"),
                Arguments.of("v1", encode(plan("v1", 0, 2, 3)), "epoch is 0"),
                Arguments.of("v1", encode(plan("v1", 1, 0, 3)), "layer is 0"),
                bad(plan("v1", Long.MAX_VALUE, 2, 3), "epoch is 9223372036854775807"),
                bad(plan("v1", 1L << 40, 2, 3), "the highest one before it is 0"),
                bad(plan("v1", 1, 33, 3), "layer is 33"),
                bad(plan("v1", 1, 2, 1 << 20), "head_tokens of a TOP_K plan has 131073 bytes"),
                bad(with(plan("v1", 1, 2, 3), "policy", DROP_LAYER), "DROP_LAYER plan has 1 bytes"),
                bad(with(plan("v1", 1, 2, 3), "parameter", Double.NaN), "k must be"),
                bad(with(plan("v1", 1, 2), "items", -1L), "items is -1"),
                bad(with(plan("v1", 1, 2), "decided_by", "x".repeat(5000)), "decided_by has 5000"),
                bad(step("v1", -1, PlanStatus.APPLIED), "epoch is -1"),
                bad(with(step("v1", 1, APPLYING), "progress", Double.NaN), "progress is NaN"),
                bad(with(step("v1", 1, APPLYING), "message", "x".repeat(5000)), "message has 5000"),
                bad(request("", "r").build(), "codebook version \"\""),
                bad(request("v1", "").build(), "request_id"),
                bad(request("v1", "x".repeat(300)).build(), "request_id has 300"),
                bad(request("v1", "r").setLayer(-1).build(), "layer is -1"),
                bad(request("v1", "r").setParameter(Double.NaN).build(), "parameter is NaN"),
                bad(request("v1", "r").setPolicy(null).build(), "names no policy"),
                bad(policy(RemapPolicyKind.TOP_P, 1.5), "p must be from 0 to 1, not 1.5"),
                bad(policy(RemapPolicyKind.TOP_K, 0.5), "k must be a whole number, not 0.5"),
                bad(policy(RemapPolicyKind.TOKEN_FRACTION, -1), "not -1.0"),
                bad(request("v1", "r").setEpoch(-1).build(), "epoch is -1"));
    }

    private static Arguments bad(SpecificRecordBase record, String message) {
        return Arguments.of(record.get("codebook_version").toString(), encode(record), message);
    }

    private static SpecificRecordBase with(SpecificRecordBase record, String field, Object value) {
        record.put(field, value);
        return record;
    }

    private static RemapRequest.Builder request(String version, String id) {
        return TestingRemaps.request(version, id, RemapAction.PROPOSE);
    }

    private static RemapRequest policy(RemapPolicyKind policy, double parameter) {
        return request("v1", "r").setPolicy(policy).setParameter(parameter).build();
    }

    @Test
    void takesPlansOnAfterOneThatWasFarAhead() throws Exception {
        for (long epoch : new long[] {1, 1L << 50, 1 + (1L << 20), 2 + (1L << 21), 2}) {
            decode.processElement(incoming("v1", encode(plan("v1", epoch, 2, 3))), 0);
        }

        assertThat(decode.extractOutputValues())
                .extracting(change -> change.record().get("epoch"))
                .containsExactly(1L, 1 + (1L << 20), 2L);
    }

    @Test
    void remembersTheHighestEpochAcrossARestore() throws Exception {
        for (long epoch = 1; epoch < 1L << 23; epoch += 1L << 20) {
            decode.processElement(incoming("v1", encode(plan("v1", epoch, 2, 3))), 0);
        }
        OperatorSubtaskState state = decode.snapshot(1, 1);
        decode.close();
        decode = new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new DecodeRemap()));
        decode.setup(RemapChange.TYPE.createSerializer(new SerializerConfigImpl()));
        decode.initializeState(state);
        decode.open();

        decode.processElement(incoming("v1", encode(plan("v1", 1 + (1L << 23), 2, 3))), 0);

        assertThat(decode.extractOutputValues()).hasSize(1);
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
