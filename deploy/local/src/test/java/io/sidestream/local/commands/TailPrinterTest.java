package io.sidestream.local.commands;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TailPrinterTest {

    private final TestingConsole console = TestingConsole.plain();

    @Test
    void printsUpdatesForPeople() {
        TailPrinter printer = new TailPrinter(console.console(), false, 9);

        printer.update(TestingUpdates.of("apple", "v1", UpdateReason.NEW, 0, 1, 2));
        printer.update(TestingUpdates.of("apple", "v1", UpdateReason.EMBEDDING_CHANGED, 1, 1, 3));
        printer.update(TestingUpdates.of("apple", "v1", UpdateReason.DELETED, -1, 1, 3));

        assertThat(console.out().lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "v1 apple <a_1><b_2><c_0> NEW",
                        "v1 apple <a_1><b_3><c_1> EMBEDDING_CHANGED was <a_9>",
                        "v1 apple - DELETED was <a_9>");
    }

    @Test
    void printsDeadLettersForPeople() {
        TailPrinter printer = new TailPrinter(console.console(), false, 9);

        printer.deadLetter(deadLetter("bad\u001b[2J"));
        printer.deadLetter(deadLetter(null));

        assertThat(console.out().lines())
                .containsExactly(
                        "dead letter  item-embeddings[2]@17  key \"bad\\u001b[2J\"  NOT_FINITE:"
                                + " component 3 is NaN",
                        "dead letter  item-embeddings[2]@17  key missing  NOT_FINITE: component 3"
                                + " is NaN");
    }

    @Test
    void printsJsonForMachines() throws IOException {
        TailPrinter printer = new TailPrinter(console.console(), true, 9);

        printer.update(TestingUpdates.of("a\nb", "v1", UpdateReason.NEW, 0, 1, 2));
        printer.deadLetter(deadLetter("key"));

        String[] lines = console.out().split("\n");
        assertThat(lines).hasSize(2);
        JsonNode update = new ObjectMapper().readTree(lines[0]);
        assertThat(update.get("kind").asText()).isEqualTo("update");
        assertThat(update.get("item_id").asText()).isEqualTo("a\nb");
        assertThat(update.get("codes")).map(JsonNode::asInt).containsExactly(1, 2);
        assertThat(update.get("sid").asText()).isEqualTo("<a_1><b_2><c_0>");
        assertThat(update.get("previous_sid").isNull()).isTrue();
        assertThat(update.get("event_time").asText()).isEqualTo("2026-01-02T03:04:05Z");
        JsonNode letter = new ObjectMapper().readTree(lines[1]);
        assertThat(letter.get("kind").asText()).isEqualTo("dead-letter");
        assertThat(letter.get("origin_offset").asLong()).isEqualTo(17);
        assertThat(letter.get("key").asText()).isEqualTo("key");
        assertThat(letter.get("value_base64").asText()).isEqualTo("AQI=");
    }

    @Test
    void hasEnoughAfterSoManyLines() {
        TailPrinter printer = new TailPrinter(console.console(), false, 2);

        printer.deadLetter(deadLetter("a"));
        printer.pause();
        assertThat(printer.wantsMore()).isTrue();
        printer.deadLetter(deadLetter("b"));
        assertThat(printer.wantsMore()).isFalse();
    }

    @Test
    void hasEnoughWhenNobodyReadsAnyMore() {
        OutputStream closedPipe =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                };
        PrintStream out = new PrintStream(closedPipe, true, UTF_8);
        TailPrinter printer = new TailPrinter(new Console(out, out, false, false), false, 9);

        printer.deadLetter(deadLetter("a"));
        printer.pause();

        assertThat(printer.wantsMore()).isFalse();
    }

    private static DeadLetter deadLetter(String key) {
        return DeadLetter.newBuilder()
                .setOriginTopic("item-embeddings")
                .setOriginPartition(2)
                .setOriginOffset(17)
                .setOriginTimestamp(Instant.EPOCH)
                .setKey(key == null ? null : ByteBuffer.wrap(key.getBytes(UTF_8)))
                .setValue(ByteBuffer.wrap(new byte[] {1, 2}))
                .setCause(DeadLetterCause.NOT_FINITE)
                .setMessage("component 3 is NaN")
                .build();
    }
}
