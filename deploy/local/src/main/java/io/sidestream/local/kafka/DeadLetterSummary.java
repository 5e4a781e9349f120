package io.sidestream.local.kafka;

import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The input that was refused in some time.
 *
 * @param counts dead letters by cause; only causes that occurred
 * @param first a few of them
 */
public record DeadLetterSummary(Map<DeadLetterCause, Long> counts, List<DeadLetter> first) {

    private static final int SHOWN = 5;

    /**
     * Reads the dead letters that are committed.
     *
     * @param since leaves out those that were written before
     */
    public static DeadLetterSummary read(Connection connection, Instant since) {
        SingleObjectFormat<DeadLetter> format = SingleObjectFormat.of(DeadLetter.class);
        Map<DeadLetterCause, Long> counts = new EnumMap<>(DeadLetterCause.class);
        List<DeadLetter> first = new ArrayList<>();
        TopicReader.read(
                connection,
                connection.topics().deadLetters(),
                TopicReader.Listener.none(),
                record -> {
                    if (record.timestamp() >= since.toEpochMilli()) {
                        DeadLetter letter = decode(format, record);
                        counts.merge(letter.getCause(), 1L, Long::sum);
                        if (first.size() < SHOWN) {
                            first.add(letter);
                        }
                    }
                });
        return new DeadLetterSummary(counts, List.copyOf(first));
    }

    private static DeadLetter decode(
            SingleObjectFormat<DeadLetter> format, ConsumerRecord<byte[], byte[]> record) {
        try {
            return format.decode(record.value());
        } catch (MalformedRecordException e) {
            throw new IllegalStateException(
                    "offset %d of %s is no dead letter".formatted(record.offset(), record.topic()),
                    e);
        }
    }

    /** For people: {@code 3 WRONG_LENGTH, 1 NOT_FINITE}. */
    public String byCause() {
        return counts.entrySet().stream()
                .map(entry -> "%,d %s".formatted(entry.getValue(), entry.getKey()))
                .collect(Collectors.joining(", "));
    }

    /** Dead letters of all causes. */
    public long total() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
