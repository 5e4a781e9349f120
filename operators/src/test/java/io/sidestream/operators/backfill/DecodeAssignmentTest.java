package io.sidestream.operators.backfill;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Assignment;
import io.sidestream.operators.assign.Place;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.control.TestingChanges;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.ItemAssignment;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.streaming.util.BroadcastOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Also tests {@link ItemAssignments}, which both jobs share. */
class DecodeAssignmentTest {

    private static final byte[] KEY = "a".getBytes(UTF_8);
    private static final ItemAssignment ASSIGNMENT =
            ItemAssignment.newBuilder()
                    .setItemId("a")
                    .setCodebookVersion("v2")
                    .setCodes(List.of(0, 1_048_574))
                    .setResiduals(List.of(-1, 7))
                    .setPartition(3)
                    .setOffset(1L << 40)
                    .setRevision(null)
                    .setEventTime(Instant.ofEpochMilli(1_234))
                    .build();

    private BroadcastOperatorTestHarness<IncomingRecord, CodebookChange, AssignedItem> decode;

    @BeforeEach
    void open() throws Exception {
        decode =
                ProcessFunctionTestHarnesses.forBroadcastProcessFunction(
                        new DecodeAssignment(new DecodeOptions(16)), DecodeAssignment.LAYER_SIZES);
        publish("v1", 1);
        publish("v2", 1, 1_048_575);
    }

    @AfterEach
    void close() throws Exception {
        decode.close();
    }

    static Stream<AssignedItem> items() {
        return Stream.of(
                item("a", new Place(0, 0), null, 0, new int[] {0, 0}, new int[] {0, 0}),
                item("ítem", new Place(7, 1L << 40), -5L, -1, new int[] {0, 2}, new int[] {-1, 9}),
                item("b", new Place(1, 1), Long.MIN_VALUE, 9, new int[] {0, 7}, new int[] {3, 0}));
    }

    private static AssignedItem item(
            String itemId,
            Place place,
            Long revision,
            long eventTime,
            int[] codes,
            int[] residuals) {
        return new AssignedItem(
                itemId,
                AssignedItem.Source.BACKFILL,
                place,
                revision,
                eventTime,
                List.of(new Assignment("v2", codes, residuals)));
    }

    @ParameterizedTest
    @MethodSource("items")
    void takesWhatABackfillHasWritten(AssignedItem item) throws Exception {
        byte[] value = new ItemAssignments().encode(item);
        decode.processElement(record(item.itemId().getBytes(UTF_8), value), 0);

        assertThat(decode.extractOutputValues())
                .singleElement()
                .usingRecursiveComparison()
                .isEqualTo(item);
        assertThat(decode.getSideOutput(DeadLetters.TAG)).isNull();
    }

    @Test
    void passesOverARecordThatIsOnlyThereToBeRead() throws Exception {
        decode.processElement(record(new byte[0], null), 0);

        assertThat(decode.extractOutputValues()).isEmpty();
        assertThat(decode.getSideOutput(DeadLetters.TAG)).isNull();
    }

    static Stream<Arguments> badRecords() {
        byte[] value = encode(ASSIGNMENT);
        return Stream.of(
                Arguments.of(null, value, "no key"),
                Arguments.of(KEY, new byte[0], "only 0 bytes"),
                Arguments.of(KEY, Arrays.copyOf(value, value.length - 1), "cut short"),
                Arguments.of(
                        "b".getBytes(UTF_8), value, "item_id \"a\" is not the record's key \"b\""),
                Arguments.of(new byte[0], encode(change().setItemId("").build()), "empty key"),
                Arguments.of(KEY, encode(change().setItemId("").build()), "item_id is empty"),
                Arguments.of(new byte[] {'a', -1}, value, "not UTF-8"),
                Arguments.of(new byte[17], value, "17 bytes, more than the 16"),
                bad(change().setCodebookVersion("v3"), "version \"v3\" is unknown"),
                bad(change().setCodebookVersion("v1"), "version 'v1' has 1 layers"),
                bad(change().setCodes(List.of()).setResiduals(List.of()), "0 codes"),
                bad(change().setCodes(List.of(1)), "1 codes and 2 residuals"),
                bad(change().setCodes(List.of(0, -1)), "Code -1"),
                bad(change().setCodes(List.of(0, 1_048_575)), "Code 1048575 of layer 2"),
                bad(change().setCodes(List.of(1, 0)), "Code 1 of layer 1 is not from 0 to 0"),
                bad(change().setPartition(-1), "no partition -1"),
                bad(change().setOffset(-1), "offset -1"));
    }

    private static ItemAssignment.Builder change() {
        return ItemAssignment.newBuilder(ASSIGNMENT);
    }

    private static Arguments bad(ItemAssignment.Builder assignment, String message) {
        return Arguments.of(KEY, encode(assignment.build()), message);
    }

    @ParameterizedTest
    @MethodSource("badRecords")
    void putsABadRecordAsideAndGoesOn(byte[] key, byte[] value, String message) throws Exception {
        decode.processElement(record(key, value), 0);
        decode.processElement(record(KEY, encode(ASSIGNMENT)), 0);

        assertThat(decode.extractOutputValues()).hasSize(1);
        assertThat(decode.getSideOutput(DeadLetters.TAG)).hasSize(1);
        DeadLetter letter = decode.getSideOutput(DeadLetters.TAG).element().getValue();
        assertThat(letter.getCause())
                .isIn(
                        DeadLetterCause.UNDECODABLE,
                        DeadLetterCause.INVALID_ITEM_ID,
                        DeadLetterCause.UNKNOWN_CODEBOOK);
        assertThat(letter.getMessage()).contains(message);
        assertThat(letter.getOriginTopic()).isEqualTo("sid-assignments");
    }

    @Test
    void leavesWhatComesUnderARetiredVersionToTheIndex() throws Exception {
        decode.processBroadcastElement(
                TestingChanges.of("v2", CodebookStatus.RETIRED, 1, 1_048_575), 0);

        decode.processElement(record(KEY, encode(ASSIGNMENT)), 0);

        assertThat(decode.extractOutputValues()).hasSize(1);
    }

    private void publish(String version, Integer... layerSizes) throws Exception {
        decode.processBroadcastElement(
                TestingChanges.of(version, CodebookStatus.SHADOW, layerSizes), 0);
    }

    private static byte[] encode(ItemAssignment assignment) {
        return SingleObjectFormat.of(ItemAssignment.class).encode(assignment);
    }

    private static IncomingRecord record(byte[] key, byte[] value) {
        return new IncomingRecord("sid-assignments", 2, 5, 1_000, key, value);
    }
}
