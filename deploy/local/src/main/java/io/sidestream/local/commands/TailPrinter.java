package io.sidestream.local.commands;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Tail;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.nio.ByteBuffer;
import java.util.Base64;

/** Prints updates and dead letters, for people or as JSON lines. */
final class TailPrinter implements Tail.Listener {

    private static final int ID_WIDTH = 24;
    private static final int SID_WIDTH = 36;

    private final Console console;
    private final boolean asJson;
    private final ObjectMapper json = new ObjectMapper();
    private long left;

    TailPrinter(Console console, boolean asJson, long max) {
        this.console = console;
        this.asJson = asJson;
        this.left = max;
    }

    @Override
    public void update(SidUpdate update) {
        print(asJson ? toJson(update) : toText(console, update));
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        print(asJson ? toJson(letter) : toText(console, letter));
    }

    @Override
    public void pause() {
        if (console.out().checkError()) { // flushes, too
            left = 0; // nobody reads any more: `| head`, for one
        }
    }

    @Override
    public boolean wantsMore() {
        return left > 0;
    }

    private void print(String line) {
        left--;
        console.println(line);
    }

    /** One line, in colours if the console has them. */
    static String toText(Console console, SidUpdate update) {
        boolean deleted = update.getReason() == UpdateReason.DELETED;
        String before = update.getPreviousSidText();
        StringBuilder line = new StringBuilder();
        line.append(console.dim(update.getCodebookVersion()))
                .append("  ")
                .append(padded(Console.printable(update.getItemId()), ID_WIDTH))
                .append("  ")
                .append(padded(deleted ? "-" : Console.printable(update.getSidText()), SID_WIDTH))
                .append("  ")
                .append(reason(console, update.getReason()));
        if (before != null && !before.isEmpty()) {
            line.append(console.dim("  was " + Console.printable(before)));
        }
        return line.toString();
    }

    private static String reason(Console console, UpdateReason reason) {
        return switch (reason) {
            case NEW -> console.green("NEW");
            case DELETED -> console.red("DELETED");
            default -> console.yellow(reason.name());
        };
    }

    /** One line, in colours if the console has them. */
    static String toText(Console console, DeadLetter letter) {
        return "%s  %s[%d]@%d  key %s  %s: %s"
                .formatted(
                        console.red("dead letter"),
                        letter.getOriginTopic(),
                        letter.getOriginPartition(),
                        letter.getOriginOffset(),
                        key(letter),
                        letter.getCause(),
                        Console.printable(letter.getMessage()));
    }

    /** A dead letter's key, in quotation marks. */
    static String key(DeadLetter letter) {
        return letter.getKey() == null
                ? "missing"
                : '"' + Console.printable(text(letter.getKey())) + '"';
    }

    private String toJson(SidUpdate update) {
        ObjectNode node =
                json.createObjectNode()
                        .put("kind", "update")
                        .put("item_id", update.getItemId())
                        .put("codebook_version", update.getCodebookVersion());
        update.getCodes().forEach(node.putArray("codes")::add);
        node.put("sid", update.getSidText())
                .put("previous_sid", update.getPreviousSidText())
                .put("disambiguator", update.getDisambiguator())
                .put("reason", update.getReason().name())
                .put("remap_epoch", update.getRemapEpoch())
                .put("revision", update.getRevision())
                .put("sequence", update.getSequence())
                .put("event_time", update.getEventTime().toString());
        return write(node);
    }

    private String toJson(DeadLetter letter) {
        ObjectNode node =
                json.createObjectNode()
                        .put("kind", "dead-letter")
                        .put("origin_topic", letter.getOriginTopic())
                        .put("origin_partition", letter.getOriginPartition())
                        .put("origin_offset", letter.getOriginOffset())
                        .put("origin_timestamp", letter.getOriginTimestamp().toString())
                        .put("key", letter.getKey() == null ? null : text(letter.getKey()))
                        .put("key_base64", base64(letter.getKey()))
                        .put("value_base64", base64(letter.getValue()))
                        .put("cause", letter.getCause().name())
                        .put("message", letter.getMessage());
        return write(node);
    }

    private String write(ObjectNode node) {
        try {
            return json.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings and numbers can always be written", e);
        }
    }

    private static String text(ByteBuffer bytes) {
        return UTF_8.decode(bytes.duplicate()).toString();
    }

    private static String base64(ByteBuffer bytes) {
        if (bytes == null) {
            return null;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return Base64.getEncoder().encodeToString(copy);
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.codePointCount(0, text.length())));
    }
}
