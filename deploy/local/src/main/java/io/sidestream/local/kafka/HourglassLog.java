package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Follows the skew reports and the alerts of the topic {@code sid-hourglass}. Serves one thread.
 */
public final class HourglassLog implements AutoCloseable {

    /** Takes reports and alerts; those of one codebook version in their order. */
    public interface Sink {

        void report(HourglassReport report);

        void alert(HourglassAlert alert);
    }

    /** In each partition: two reports of every version an evaluation, and transaction markers. */
    private static final long RECENT_OFFSETS = 400;

    private final HourglassTable table;
    private final TopicFollower topic;

    private HourglassLog(HourglassTable table, TopicFollower topic) {
        this.table = table;
        this.topic = topic;
    }

    /**
     * Hands over all that the topic still holds.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static void read(Connection connection, Sink sink) throws InterruptedException {
        TopicFollower.read(
                connection, connection.topics().hourglass(), new Decoder(sink)::handOver);
    }

    /**
     * Hands over what was recorded last, at least a dozen evaluations.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static void readRecent(Connection connection, Sink sink) throws InterruptedException {
        TopicFollower.startWithLast(
                        connection,
                        connection.topics().hourglass(),
                        RECENT_OFFSETS,
                        new Decoder(sink)::handOver)
                .close();
    }

    /**
     * Reads what is recorded so far, to go on from there.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static HourglassLog follow(Connection connection) throws InterruptedException {
        HourglassTable table = new HourglassTable();
        return new HourglassLog(
                table,
                TopicFollower.start(
                        connection, connection.topics().hourglass(), new Decoder(table)::handOver));
    }

    /**
     * Reads what was recorded last, at least a dozen evaluations, to go on from there: for those
     * who do not need all that the topic still holds, which may be gigabytes.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static HourglassLog followRecent(Connection connection) throws InterruptedException {
        HourglassTable table = new HourglassTable();
        return new HourglassLog(
                table,
                TopicFollower.startWithLast(
                        connection,
                        connection.topics().hourglass(),
                        RECENT_OFFSETS,
                        new Decoder(table)::handOver));
    }

    /** Waits for news, at most for the time given, and tells whether there were any. */
    public boolean poll(Duration patience) {
        return topic.poll(patience);
    }

    /** The codebook versions that there are reports of, sorted. */
    public List<String> versions() {
        return table.versions();
    }

    /** The latest report of a version, if there is any. */
    public Optional<HourglassReport> latest(String version, ReportScope scope) {
        return table.latest(version, scope);
    }

    /** How many live items a version had at which time, for the times that have been read of. */
    public SortedMap<Instant, Long> standingItems(String version) {
        return table.standingItems(version);
    }

    /** What has been raised for a version and not been cleared, in this order. */
    public List<HourglassAlert> openAlerts(String version) {
        return table.openAlerts(version);
    }

    @Override
    public void close() {
        topic.close();
    }

    /** Tells the kinds of records apart. */
    private static final class Decoder {

        private final SingleObjectFormat<HourglassReport> reports =
                SingleObjectFormat.of(HourglassReport.class);
        private final SingleObjectFormat<HourglassAlert> alerts =
                SingleObjectFormat.of(HourglassAlert.class);
        private final Sink sink;

        Decoder(Sink sink) {
            this.sink = sink;
        }

        /** Hands a record over, and tells whether it was of a kind that this program knows. */
        boolean handOver(ConsumerRecord<byte[], byte[]> record) {
            byte[] value = record.value();
            if (value == null) {
                return false;
            }
            try {
                if (reports.recognizes(value)) {
                    sink.report(reports.decode(value));
                    return true;
                }
                if (alerts.recognizes(value)) {
                    sink.alert(alerts.decode(value));
                    return true;
                }
                return false;
            } catch (MalformedRecordException e) {
                throw new UserError(
                        ("topic %s, partition %d, offset %d: %s; something other than"
                                        + " Sidestream writes to this topic")
                                .formatted(
                                        record.topic(),
                                        record.partition(),
                                        record.offset(),
                                        e.getMessage()),
                        e);
            }
        }
    }
}
